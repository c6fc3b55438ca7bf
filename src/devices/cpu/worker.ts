import { parentPort } from 'node:worker_threads';
import { serveLane } from './serve-lane.ts';

// The entry of a lane's thread.
if (parentPort !== null) serveLane(parentPort);
