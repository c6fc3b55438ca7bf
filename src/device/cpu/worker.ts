import { parentPort, workerData } from 'node:worker_threads';
import { toErrorData } from './error-data.ts';
import type { RunReply, RunRequest, WorkerSetup } from './protocol.ts';
import { ChunkRunner } from './run-chunk.ts';

// The entry of a lane's thread: one request, one reply.
const runner: ChunkRunner = new ChunkRunner(workerData as WorkerSetup);

function answer(request: RunRequest): RunReply {
  try {
    return { report: runner.run(request) };
  } catch (error) {
    return { error: toErrorData(error) };
  }
}

parentPort?.on('message', (request: RunRequest) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(answer(request));
});
