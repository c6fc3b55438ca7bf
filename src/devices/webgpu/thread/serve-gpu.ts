import type { MessagePort } from 'node:worker_threads';
import { messageOf, SwizzleError } from '../../../errors.ts';
import { lostError } from '../../lost.ts';
import { toErrorData } from '../../thread/error-data.ts';
import type { FileCalls, Reply } from '../../thread/protocol.ts';
import { GpuThread } from './gpu-thread.ts';
import type { GpuRequest } from './protocol.ts';

/**
 * Answers a device from its thread: one reply a request, in order.
 * The thread ends by itself once it is told to and nothing waits for the GPU: a thread that is terminated while Dawn maps or
 * submits takes the whole process with it.
 * @param calls how files are read and written; the system's, but in a test
 */
export function serveGpu(port: MessagePort, calls?: FileCalls): void {
  const thread = new GpuThread(calls);
  let last: Promise<void> = Promise.resolve();
  const end = async (): Promise<void> => {
    await thread.close();
    port.close();
  };
  port.on('message', (request: GpuRequest | null) => {
    if (request !== null && 'giveUp' in request) return thread.giveUp(request.giveUp);
    last = last.then(async () => {
      if (request === null) await end();
      else if ('forget' in request) thread.forget(request.forget);
      else port.postMessage(await answer(thread, request));
    });
  });
}

type Answered = Exclude<GpuRequest, { readonly giveUp: string } | { readonly forget: readonly number[] }>;

async function answer(thread: GpuThread, request: Answered): Promise<Reply<unknown>> {
  try {
    return { value: await valueOf(thread, request) };
  } catch (error) {
    // what is no error of ours leaves a lane in a state that nobody knows
    const known = error instanceof SwizzleError ? error : lostError(`a GPU thread failed: ${messageOf(error)}`, error);
    return { error: toErrorData(known) };
  }
}

function valueOf(thread: GpuThread, request: Answered): Promise<unknown> {
  if ('open' in request) return thread.open(request.open);
  if ('setup' in request) return thread.setup(request.setup);
  return 'run' in request ? thread.run(request.run) : thread.release();
}
