import type { Worker } from 'node:worker_threads';
import { SwizzleError } from '../../errors.ts';
import type { Lane, LaneShape, OpenFiles } from '../device.ts';
import { dismissedWorker } from '../thread/start-thread.ts';
import { needsStaging, Staging } from '../thread/staging.ts';
import { ThreadLane } from '../thread/thread-lane.ts';
import { ThreadLink } from '../thread/thread-link.ts';
import { WORK_BYTES } from './memory/memory-layout.ts';
import type { WorkerSetup } from './protocol.ts';

const PAGE_BYTES = 65536;

/** Pages, 1 GiB: only addresses are taken until they are used. */
const MOST_GROWTH = 16384;

/**
 * A lane in a thread with WebAssembly memory of its own.
 * @param worker calls `serveLane`; it ends with the lane
 */
export function createCpuLane(
  worker: Worker,
  module: WebAssembly.Module,
  shape: LaneShape,
  files: OpenFiles,
  closed: () => void,
): Lane {
  const link = new ThreadLink(worker);
  const staged = needsStaging(files) ? shape.inputBytes + PAGE_BYTES : 0;
  const pages = Math.ceil((WORK_BYTES + staged) / PAGE_BYTES);
  // grows where derivations need whole matrices beside their operands
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages + MOST_GROWTH, shared: true });
  const setup: WorkerSetup = {
    module,
    memory,
    inputs: files.inputs.map(({ label, fd }) => ({ label, fd })),
    outputs: files.outputs.map(({ label, fd, turns }) => ({ label, fd, turns })),
    sums: files.summer !== undefined,
  };
  worker.postMessage(setup);
  return new ThreadLane({
    link,
    files,
    staging: new Staging(files, {
      begin: WORK_BYTES,
      view: (address, length) => new Uint8Array(memory.buffer, address, length),
    }),
    message: (request) => request,
    giveUp: (why) => link.fail(why),
    async close(isBusy): Promise<void> {
      const mayLoad = link.dead === undefined && !link.hasAnswered && !isBusy;
      link.end(new SwizzleError('internal', 'the lane is closed'));
      if (mayLoad) await dismissedWorker(worker);
      else await worker.terminate();
      closed();
    },
  });
}
