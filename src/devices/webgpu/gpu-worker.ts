import { parentPort } from 'node:worker_threads';
import { serveGpu } from './thread/serve-gpu.ts';

// The entry of a GPU thread.
if (parentPort !== null) serveGpu(parentPort);
