import type { Lane, LaneShape, OpenFiles } from '../device.ts';
import { isLost } from '../lost.ts';
import { needsStaging, Staging } from '../thread/staging.ts';
import { ThreadLane } from '../thread/thread-lane.ts';
import type { GpuRequest } from './thread/protocol.ts';
import type { GpuThreads } from './threads.ts';

/**
 * A lane in a thread that has a device of its own.
 * @param module set where checksums of what is written are reported
 * @throws SwizzleError 'device' when the device has no memory for it, or is lost
 */
export async function createGpuLane(
  threads: GpuThreads,
  shape: LaneShape,
  files: OpenFiles,
  module: WebAssembly.Module | undefined,
  closed: () => void,
): Promise<Lane> {
  const thread = threads.take();
  const { link } = thread;
  const staging = needsStaging(files) ? new SharedArrayBuffer(shape.inputBytes) : undefined;
  const guard = new SharedArrayBuffer(4);
  const setup: GpuRequest = {
    setup: {
      shape,
      module,
      staging,
      guard,
      inputs: files.inputs.map(({ label, fd }) => ({ label, fd })),
      outputs: files.outputs.map(({ label, fd, turns }) => ({ label, fd, turns })),
    },
  };
  try {
    await thread.opened;
    await link.ask(setup);
  } catch (error) {
    if (isLost(error) || link.dead !== undefined) threads.end(thread);
    else threads.giveBack(thread);
    throw error;
  }
  return new ThreadLane({
    link,
    files,
    staging: new Staging(files, {
      begin: 0,
      view: (address, length) => new Uint8Array(staging ?? new SharedArrayBuffer(0), address, length),
    }),
    message: (request): GpuRequest => ({ run: request }),
    forget: (residents) => link.worker.postMessage({ forget: residents } satisfies GpuRequest),
    giveUp(why): void {
      Atomics.store(new Int32Array(guard), 0, 1);
      link.fail(why);
      threads.end(thread, why);
    },
    async close(): Promise<void> {
      closed();
      if (link.dead !== undefined) return threads.end(thread);
      await link.ask({ release: true } satisfies GpuRequest).then(
        () => threads.giveBack(thread),
        () => threads.end(thread),
      );
    },
  });
}
