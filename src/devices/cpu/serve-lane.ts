import type { MessagePort } from 'node:worker_threads';
import { toErrorData } from '../thread/error-data.ts';
import type { FileCalls, RunReply, RunRequest } from '../thread/protocol.ts';
import type { WorkerSetup } from './protocol.ts';
import { ChunkRunner } from './run/run-chunk.ts';

/**
 * Answers a lane from its thread: its setup, then one reply a request.
 * @param calls how files are read and written; the system's, but in a test
 */
export function serveLane(port: MessagePort, calls?: FileCalls): void {
  port.once('message', (setup: WorkerSetup | null) => {
    // nobody needs it
    if (setup === null) return port.close();
    const runner = new ChunkRunner(setup, calls);
    port.on('message', (request: RunRequest | null) => {
      if (request === null) port.close();
      else port.postMessage(answer(runner, request));
    });
  });
}

function answer(runner: ChunkRunner, request: RunRequest): RunReply {
  try {
    return { value: runner.run(request) };
  } catch (error) {
    return { error: toErrorData(error) };
  }
}
