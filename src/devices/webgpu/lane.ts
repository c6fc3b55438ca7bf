import { SwizzleError } from '../../errors.ts';
import type { Chunk, ChunkReport, TensorCounts } from '../../plan/chunks/chunk.ts';
import type { Lane, LaneShape, OpenFiles } from '../device.ts';
import { Bindings } from './bindings.ts';
import { type Job, readbackBytes, submitChunk, submitRecount } from './commands.ts';
import type { DeviceContext } from './context.ts';
import { countByTensor, readCounts } from './counts.ts';
import { type InputDerivation, derivationsOf } from './derive/derivation.ts';
import { DeriveMemory } from './derive/memory.ts';
import { programFor } from './kernels/program.ts';
import { SMALL_BUFFER_BYTES, layoutChunk } from './layout.ts';
import { type LaneMemory, MAP_MODE, allocateMemory, destroyMemory } from './memory.ts';
import { ResultMemory, type ResultBuffers } from './result-memory.ts';
import { readNumbers } from './results.ts';
import { readInputs, writeOutputs } from './transfer.ts';

/** A chunk of which nothing is read yet. */
interface PreparedJob extends Omit<Job, 'derived'> {
  readonly derivations: readonly InputDerivation[];
}

/**
 * One chunk's way over the GPU: files -> mapped upload buffer -> GPU -> mapped readback buffer -> files.
 * All memory is allocated when the lane is made.
 */
export class WebGpuLane implements Lane {
  readonly #context: DeviceContext;
  readonly #memory: LaneMemory;
  readonly #shape: LaneShape;
  readonly #files: OpenFiles;
  readonly #bindings: Bindings;
  readonly #statistics: ResultMemory;
  readonly #derive: DeriveMemory;
  readonly #closed: (lane: WebGpuLane) => void;
  /** Fulfilled once the upload buffer is mapped again. */
  #uploadMapped: Promise<unknown>;
  #running: Promise<ChunkReport> | undefined;
  #disposed = false;

  private constructor(
    context: DeviceContext,
    memory: LaneMemory,
    shape: LaneShape,
    files: OpenFiles,
    closed: (lane: WebGpuLane) => void,
  ) {
    this.#context = context;
    this.#memory = memory;
    this.#shape = shape;
    this.#files = files;
    this.#closed = closed;
    this.#uploadMapped = this.#mapUpload();
    this.#bindings = new Bindings(context, memory);
    this.#statistics = new ResultMemory(context.device);
    this.#derive = new DeriveMemory(context, memory);
  }

  /** `closed` is told when the lane has given its memory back. Throws SwizzleError 'device' when there is none left. */
  static async create(
    context: DeviceContext,
    shape: LaneShape,
    files: OpenFiles,
    closed: (lane: WebGpuLane) => void,
  ): Promise<WebGpuLane> {
    context.check();
    const memory = await allocateMemory(context.device, shape);
    return new WebGpuLane(context, memory, shape, files, closed);
  }

  async run(chunk: Chunk, signal?: AbortSignal): Promise<ChunkReport> {
    if (this.#disposed) throw new SwizzleError('internal', 'the lane is closed');
    if (this.#running !== undefined) throw new SwizzleError('internal', 'a lane runs one chunk at a time');
    this.#running = this.#run(chunk, signal);
    try {
      return await this.#running;
    } catch (error) {
      this.#context.check(); // a read or a write fails when mapped memory goes with its device
      throw error;
    } finally {
      this.#running = undefined;
    }
  }

  /** The driver is what hangs: every lane of the device fails. */
  giveUp(why: string): void {
    this.#context.giveUp(why);
  }

  async #run(chunk: Chunk, signal: AbortSignal | undefined): Promise<ChunkReport> {
    signal?.throwIfAborted();
    const prepared = await this.#prepare(chunk);
    if (chunk.elements === 0) return { tensors: [], differing: [], readMs: 0, computeMs: 0, writeMs: 0 };
    await this.#uploadMapped;
    this.#context.check();

    const begun = performance.now();
    const job = await this.#read(prepared, signal);
    const read = performance.now();
    try {
      const { tensors, mapped } = await this.#compute(job);
      signal?.throwIfAborted();
      const numbers = this.#numbers(job, mapped);
      const computed = performance.now();
      const pieces = await writeOutputs(chunk, job.layout, mapped, this.#files);
      this.#context.check(); // what was mapped when a device was given up is not what was computed
      const written = performance.now();
      return {
        tensors,
        differing: [],
        ...(numbers && { numbers }),
        pieces,
        readMs: read - begun,
        computeMs: computed - read,
        writeMs: written - computed,
      };
    } finally {
      this.#unmapReadback(job.results);
    }
  }

  async #prepare(chunk: Chunk): Promise<PreparedJob> {
    const program = programFor(chunk, this.#context.tuning);
    const derivations = derivationsOf(chunk, this.#context.tuning);
    if (program === undefined || derivations === undefined)
      throw new SwizzleError('internal', `no shader runs ${chunk.kernel} on the chunk's dtypes`);
    const layout = layoutChunk(chunk, program.statistic);
    const { inputBytes, outputBytes } = this.#shape;
    const results = program.statistic
      ? this.#statistics.hold(Math.max(layout.outputBytes, program.statistic.zeroBytes))
      : this.#memory;
    if (layout.inputBytes > inputBytes || (program.statistic === undefined && layout.outputBytes > outputBytes)) {
      throw new SwizzleError('internal', 'the chunk is larger than its lane', { details: { ...layout } });
    }
    const pipeline = await this.#context.pipelines.get(program.spec);
    return { chunk, program, derivations, layout, pipeline, memory: this.#memory, bindings: this.#bindings, results };
  }

  /** Fills the upload buffer; where that fails, it is as it was before. */
  async #read(prepared: PreparedJob, signal: AbortSignal | undefined): Promise<Job> {
    const { chunk, layout, derivations } = prepared;
    const { upload } = this.#memory;
    try {
      // Taken only here, and no more than needed: V8 collects garbage the more often the more memory JavaScript sees.
      await readInputs(chunk, layout, upload.getMappedRange(0, layout.uploadBytes), this.#files, signal);
      const derived = await this.#derive.load(derivations, chunk, layout, this.#files, signal);
      signal?.throwIfAborted();
      return { ...prepared, derived };
    } catch (error) {
      upload.unmap();
      this.#uploadMapped = this.#mapUpload();
      throw error;
    }
  }

  /** From the filled upload buffer to the mapped readback buffer. */
  async #compute(job: Job): Promise<{ tensors: TensorCounts[]; mapped: ArrayBuffer }> {
    this.#memory.upload.unmap();
    submitChunk(this.#context, job);
    // Asked for already now, so that the next chunk's reading need not wait.
    this.#uploadMapped = this.#mapUpload();

    let mapped = await this.#mapReadback(job);
    const outputs = job.chunk.outputs.length;
    const tensors = await countByTensor(job.chunk, readCounts(mapped, outputs), async (range) => {
      this.#unmapReadback(job.results);
      submitRecount(this.#context, job, range);
      mapped = await this.#mapReadback(job);
      return readCounts(mapped, outputs);
    });
    return { tensors, mapped };
  }

  #numbers({ chunk, program }: Job, mapped: ArrayBuffer): Float64Array | undefined {
    return program.statistic && readNumbers(chunk, program.statistic, mapped, SMALL_BUFFER_BYTES);
  }

  #mapUpload(): Promise<unknown> {
    const mapping = this.#context.wait(this.#memory.upload.mapAsync(MAP_MODE.WRITE), 'mapping the upload buffer');
    mapping.catch(() => undefined); // the next run, if there is one, throws it
    return mapping;
  }

  async #mapReadback(job: Job): Promise<ArrayBuffer> {
    const { readback } = job.results;
    const bytes = readbackBytes(job.layout);
    await this.#context.wait(readback.mapAsync(MAP_MODE.READ, 0, bytes), 'computing a chunk');
    return readback.getMappedRange(0, bytes);
  }

  #unmapReadback({ readback }: ResultBuffers): void {
    if (readback.mapState === 'mapped') readback.unmap();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    // Never pull mapped memory away from under a system call that fills it.
    await this.#running?.catch(() => undefined);
    this.#bindings.destroy();
    this.#statistics.destroy();
    this.#derive.destroy();
    destroyMemory(this.#memory);
    // nothing of the device may be freed while Dawn still answers
    await this.#uploadMapped.catch(() => undefined);
    this.#closed(this);
  }
}
