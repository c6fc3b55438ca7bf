import PQueue from 'p-queue';
import type { Device, LaneShape, OpenFiles } from '../device/device.ts';
import { byteLength } from '../dtype.ts';
import { SwizzleError } from '../errors.ts';
import type { Chunk } from '../plan/chunk.ts';
import { largestChunk } from '../plan/cut.ts';
import { storedBytes } from '../plan/derived-operand.ts';
import { cutInTurn } from '../plan/shard-turns.ts';
import { ResourceStack } from '../resource-stack.ts';
import { LanePool } from './lane-pool.ts';
import type { ChunkEvent } from './profile.ts';
import { type RunTotals, Tally } from './tally.ts';

/** How much is read and written at once. */
export interface LaneSettings {
  /** Chunks in work at the same time. */
  readonly lanes: number;
  /** Most bytes of one operand of a chunk. */
  readonly chunkBytes: number;
}

export interface RunOptions extends LaneSettings {
  /** In order of preference; a chunk goes to the first that supports it. */
  readonly devices: readonly Device[];
  readonly files: OpenFiles;
  readonly stopOnOverflow: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called when a chunk's outputs are written. */
  readonly onWritten?: ((chunk: Chunk) => void) | undefined;
  /** Called after every chunk. */
  readonly onChunk?: ((event: ChunkEvent) => void) | undefined;
}

/**
 * The loop that moves all bytes: spans are cut into chunks, chunks go through one queue over the lanes. The first
 * failure stops it; everything in flight is waited for before the error is thrown.
 */
export async function runChunks(spans: readonly Chunk[], options: RunOptions): Promise<RunTotals> {
  const { devices, files, lanes, chunkBytes } = options;
  const tally = new Tally(options.stopOnOverflow);
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const limits = chunkLimits(devices);
  await using pools = new ResourceStack();
  const byDevice = devices.map((device) => {
    const own = spans.filter((span) => devices.find((one) => one.supports(span)) === device);
    return pools.use(new LanePool(device, largestChunk(own, chunkBytes, limits), files));
  });
  const runOne = async (chunk: Chunk, queuedAt: number): Promise<void> => {
    const pool = byDevice.find(({ device }) => device.supports(chunk));
    if (pool === undefined)
      throw new SwizzleError('device', `no device computes ${chunk.kernel} of ${chunk.outputs[0]?.dtype}`);
    await pool.use(async (lane, number) => {
      const startedAt = performance.now();
      const report = await lane.run(chunk, signal);
      options.onWritten?.(chunk);
      const bytes = chunkBytesMoved(chunk);
      tally.add(chunk, report, bytes);
      options.onChunk?.({
        device: pool.device.name,
        lane: number,
        queuedAt,
        startedAt,
        endedAt: performance.now(),
        report,
        ...bytes,
      });
    });
  };
  const queue = new PQueue({ concurrency: lanes });
  let failure: { error: unknown } | undefined;
  for (const chunk of cutInTurn(spans, lanes, chunkBytes, limits)) {
    await queue.onSizeLessThan(lanes);
    if (signal.aborted) break;
    const queuedAt = performance.now();
    void queue
      .add(() => runOne(chunk, queuedAt))
      .catch((error: unknown) => {
        failure ??= { error };
        stop.abort(error);
      });
  }
  await queue.onIdle();
  if (failure) throw failure.error;
  signal.throwIfAborted();
  return tally.totals();
}

/** What every device can hold: results must not depend on which one a chunk goes to. */
export function chunkLimits(devices: readonly Device[]): LaneShape {
  return {
    inputBytes: Math.min(...devices.map(({ limits }) => limits.inputBytes)),
    outputBytes: Math.min(...devices.map(({ limits }) => limits.outputBytes)),
  };
}

function chunkBytesMoved({ inputs, outputs, elements }: Chunk): { read: number; written: number } {
  return {
    read: inputs.reduce((sum, input) => sum + storedBytes(input, elements), 0),
    written: outputs.reduce((sum, { dtype }) => sum + byteLength(dtype, elements), 0),
  };
}
