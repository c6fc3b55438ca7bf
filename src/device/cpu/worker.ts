import { parentPort } from 'node:worker_threads';
import { toErrorData } from './error-data.ts';
import type { RunReply, RunRequest, WorkerSetup } from './protocol.ts';
import { ChunkRunner } from './run/run-chunk.ts';

// The entry of a lane's thread: its setup, then one reply a request.
let runner: ChunkRunner | undefined;

function answer(request: RunRequest): RunReply {
  try {
    if (runner === undefined) throw new Error('a request came before the setup');
    return { report: runner.run(request) };
  } catch (error) {
    return { error: toErrorData(error) };
  }
}

parentPort?.once('message', (setup: WorkerSetup | null) => {
  // nobody needs it
  if (setup === null) return parentPort?.close();
  runner = new ChunkRunner(setup);
  parentPort?.on('message', reply);
});

function reply(request: RunRequest): void {
  parentPort?.postMessage(answer(request));
}
