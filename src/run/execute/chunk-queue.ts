import type { LaneShape } from '../../devices/device.ts';
import { SwizzleError } from '../../errors.ts';
import type { Chunk, ChunkReport } from '../../plan/chunks/chunk.ts';
import { readBytes } from '../../plan/derived-operand.ts';
import { writtenBytes } from '../../plan/output-form.ts';
import { isLost } from '../../devices/lost.ts';
import { watchLane } from './watch-lane.ts';
import { LanePool } from './lane-pool.ts';
import { ResourceStack } from '../../resource-stack.ts';
import type { RunOptions } from './run-chunks.ts';
import { type RunTotals, Tally } from './tally.ts';

/** Chunks on their way through the lanes of all devices, a bounded number at once. The first failure stops all of them. */
export class ChunkQueue implements AsyncDisposable {
  /** Aborted by the caller's signal or by the first failure. */
  readonly signal: AbortSignal;
  readonly #options: RunOptions;
  readonly #stop = new AbortController();
  readonly #tally: Tally;
  readonly #pools: readonly LanePool[];
  /** Given up. */
  readonly #given = new Set<LanePool>();
  readonly #stack = new ResourceStack();
  #failure: { readonly error: unknown } | undefined;

  /** @param shape the most that a lane must hold */
  constructor(shape: LaneShape, options: RunOptions) {
    const { devices, files, lanes, signal, stopOnOverflow, finished, onRemark } = options;
    this.#options = options;
    this.signal = signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal;
    this.#tally = new Tally(stopOnOverflow, finished?.records);
    this.#pools = devices.map((device, index) => {
      const own = index === 0 ? lanes : device.habit.lanes;
      return this.#stack.use(new LanePool(device, { shape, files, lanes: own, onRemark }));
    });
  }

  /** Makes a lane of the device that is preferred. @throws SwizzleError 'device' where it has no memory for one */
  async openFirstLane(): Promise<void> {
    await this.#pools[0]?.use(() => Promise.resolve());
  }

  /** Whether an earlier run has finished something. */
  get goesOn(): boolean {
    return (this.#options.finished?.records.length ?? 0) > 0;
  }

  /** Whether an earlier run has written all that a chunk would write. */
  isFinished(chunk: Chunk): boolean {
    return this.#options.finished?.finished.covers(chunk) === true;
  }

  /** Waits until fewer chunks wait for the device that computes `chunk` than it has lanes. */
  async room(chunk: Chunk): Promise<void> {
    await this.#poolFor(chunk).room();
  }

  /** Runs a chunk when a lane is free. */
  start(chunk: Chunk): void {
    void this.run([chunk], 0).catch(() => undefined); // `finish` throws it
  }

  /** Where a chunk runs: chunks of the same place can be given to it together. */
  placeOf(chunk: Chunk): string {
    const pool = this.#poolFor(chunk);
    return `${this.#pools.indexOf(pool)} ${pool.homeOf(chunk.resident) ?? ''}`;
  }

  /** Frees inputs that lanes keep, by their `resident` numbers. */
  forget(residents: readonly number[]): void {
    for (const pool of this.#pools) pool.forget(residents);
  }

  /**
   * Runs chunks of one place one after another, once there is a lane for them.
   * @param priority the higher, the sooner
   * @throws what stopped the run
   */
  async run(chunks: readonly Chunk[], priority: number): Promise<ChunkReport[]> {
    const queuedAt = performance.now();
    const [first] = chunks;
    try {
      if (first === undefined) return [];
      const pool = this.#poolFor(first);
      const work = async (): Promise<ChunkReport[]> => {
        const reports: ChunkReport[] = [];
        for (const chunk of chunks) reports.push(await this.#runOne(pool, chunk, queuedAt));
        return reports;
      };
      return await (pool.homeOf(first.resident) === undefined ? pool.add(work, priority) : pool.addAtHome(work));
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  /** Stops the run. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#stop.abort(error);
  }

  /** Waits for everything in flight. @throws the first failure */
  async finish(): Promise<RunTotals> {
    await this.#idle();
    if (this.#failure) throw this.#failure.error;
    this.signal.throwIfAborted();
    return this.#tally.totals();
  }

  /** @param turn the pool whose turn it is */
  async #runOne(turn: LanePool, chunk: Chunk, queuedAt: number): Promise<ChunkReport> {
    this.signal.throwIfAborted();
    const pool = this.#poolFor(chunk);
    // given up since the chunk was queued: another device has lanes enough of its own
    if (pool !== turn) return pool.add(() => this.#runOne(pool, chunk, queuedAt), 0);
    try {
      return await this.#runOn(pool, chunk, queuedAt);
    } catch (error) {
      const next = this.#options.fallback === true && isLost(error) ? this.#fallBack(pool, chunk, error) : undefined;
      if (next === undefined) throw error;
      return next.add(() => this.#runOn(next, chunk, queuedAt), 0);
    }
  }

  #runOn(pool: LanePool, chunk: Chunk, queuedAt: number): Promise<ChunkReport> {
    const { onWritten, onChunk, onRemark } = this.#options;
    return pool.use(async (lane, number) => {
      const startedAt = performance.now();
      using _watch = watchLane(
        lane,
        () => `lane ${number} of ${pool.device.name}`,
        chunk,
        onRemark,
        this.#options.patience,
      );
      const report = await lane.run(chunk, this.signal);
      const bytes = bytesMoved(chunk, report);
      onWritten?.(chunk, report, bytes);
      this.#tally.add(chunk, report, bytes);
      const endedAt = performance.now();
      onChunk?.({ device: pool.device.name, lane: number, queuedAt, startedAt, endedAt, report, ...bytes });
      return report;
    }, chunk.resident);
  }

  /** The pool that goes on where another has lost its device for good. */
  #fallBack(pool: LanePool, chunk: Chunk, error: SwizzleError): LanePool | undefined {
    const next = this.#pools.find((one) => one !== pool && !this.#given.has(one) && one.device.supports(chunk));
    if (next === undefined) return undefined;
    if (!this.#given.has(pool)) {
      this.#given.add(pool);
      this.#options.onRemark?.(`${error.message}; going on on ${next.device.name}`);
    }
    return next;
  }

  #poolFor(chunk: Chunk): LanePool {
    const pool = this.#pools.find((one) => !this.#given.has(one) && one.device.supports(chunk));
    if (pool !== undefined) return pool;
    throw new SwizzleError('device', `no device computes ${chunk.kernel} of ${chunk.inputs[0]?.dtype}`);
  }

  async #idle(): Promise<void> {
    // what one device gives up goes to the next
    for (const pool of this.#pools) await pool.idle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#idle();
    await this.#stack[Symbol.asyncDispose]();
  }
}

function bytesMoved(
  { inputs, outputs, elements }: Chunk,
  { wasResident }: ChunkReport,
): { read: number; written: number } {
  return {
    read: wasResident === true ? 0 : inputs.reduce((sum, input) => sum + readBytes(input, elements), 0),
    written: outputs.reduce((sum, output) => sum + writtenBytes(output, elements), 0),
  };
}
