import { readSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { serveGpu } from '../../src/devices/webgpu/thread/serve-gpu.ts';

// The entry of a GPU thread that hangs in the read whose number from 1 is in the second word, counted over all threads in the
// first, until the third is no longer 0.
const words = new Int32Array(workerData as SharedArrayBuffer);

if (parentPort !== null) {
  serveGpu(parentPort, {
    read(...call) {
      if (Atomics.add(words, 0, 1) + 1 === Atomics.load(words, 1)) Atomics.wait(words, 2, 0);
      return readSync(...call);
    },
    write: writeSync,
  });
}
