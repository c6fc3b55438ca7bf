import { SwizzleError } from '../../../errors.ts';
import type { ChunkReport, TensorCounts } from '../../../plan/chunks/chunk.ts';
import { Checksummer } from '../../checksum.ts';
import type { RunRequest, WorkerFile } from '../../thread/protocol.ts';
import { Bindings } from '../bindings.ts';
import { type Job, readbackBytes, submitChunk, submitRecount } from '../commands.ts';
import type { DeviceContext } from '../context.ts';
import { countByTensor, readCounts } from '../counts.ts';
import { type InputDerivation, derivationsOf } from '../derive/derivation.ts';
import { DeriveMemory } from '../derive/memory.ts';
import { programFor } from '../kernels/program.ts';
import { SMALL_BUFFER_BYTES, layoutChunk } from '../layout.ts';
import { type LaneMemory, MAP_MODE, allocateMemory, destroyMemory } from '../memory.ts';
import { ResultMemory, type ResultBuffers } from '../result-memory.ts';
import { readNumbers } from '../results.ts';
import type { LaneSetup } from './protocol.ts';
import { ResidentInputs } from './residents.ts';
import { readInputs, writeOutputs } from './transfer.ts';

/** A chunk of which nothing is read yet. */
interface PreparedJob extends Omit<Job, 'loads' | 'inputs'> {
  readonly derivations: readonly InputDerivation[];
}

/**
 * One chunk's way over the GPU, in the thread that owns it: files -> mapped upload buffer -> GPU -> mapped readback buffer ->
 * files. All memory is allocated when the lane is made.
 */
export class GpuLane {
  readonly #context: DeviceContext;
  readonly #memory: LaneMemory;
  readonly #setup: LaneSetup;
  readonly #summer: Checksummer | undefined;
  readonly #bindings: Bindings;
  readonly #statistics: ResultMemory;
  readonly #derive: DeriveMemory;
  readonly #residents: ResidentInputs;
  /** Fulfilled once the upload buffer is mapped again. */
  #uploadMapped: Promise<unknown>;

  private constructor(context: DeviceContext, memory: LaneMemory, setup: LaneSetup) {
    this.#context = context;
    this.#memory = memory;
    this.#setup = setup;
    this.#summer = setup.module && new Checksummer(setup.module);
    this.#uploadMapped = this.#mapUpload();
    this.#bindings = new Bindings(context, memory);
    this.#statistics = new ResultMemory(context.device);
    this.#derive = new DeriveMemory(context, memory.counters);
    this.#residents = new ResidentInputs(context.device);
  }

  /** @throws SwizzleError 'device' when there is no memory left */
  static async create(context: DeviceContext, setup: LaneSetup): Promise<GpuLane> {
    context.check();
    return new GpuLane(context, await allocateMemory(context.device, setup.shape), setup);
  }

  /** Reads, computes and writes a chunk. The one before must be finished. @throws SwizzleError 'io' or 'device' */
  async run(request: RunRequest): Promise<ChunkReport> {
    try {
      return await this.#run(request);
    } catch (error) {
      this.#context.check(); // why the device was lost says more than what failed with it
      throw error;
    }
  }

  async #run(request: RunRequest): Promise<ChunkReport> {
    const { chunk } = request;
    const prepared = await this.#prepare(request);
    if (chunk.elements === 0) return { tensors: [], differing: [], readMs: 0, computeMs: 0, writeMs: 0 };
    await this.#uploadMapped;
    this.#context.check();

    const begun = performance.now();
    const held = chunk.resident === undefined ? undefined : this.#residents.find(chunk.resident);
    const job = held ? { ...prepared, inputs: held, loads: undefined } : await this.#read(prepared, request);
    const read = performance.now();
    try {
      const { tensors, mapped } = await this.#compute(job);
      if (chunk.resident !== undefined && job.inputs !== this.#memory.inputs)
        this.#residents.keep(chunk.resident, job.inputs);
      const numbers = this.#numbers(job, mapped);
      const computed = performance.now();
      const pieces = writeOutputs(chunk, job.layout, mapped, this.#files.outputs, this.#summer);
      return {
        tensors,
        differing: [],
        ...(numbers && { numbers }),
        ...(pieces && { pieces }),
        ...(held && { wasResident: true }),
        readMs: read - begun,
        computeMs: computed - read,
        writeMs: performance.now() - computed,
      };
    } finally {
      unmapReadback(job.results);
    }
  }

  get #files(): { readonly inputs: readonly WorkerFile[]; readonly outputs: readonly WorkerFile[] } {
    return this.#setup;
  }

  async #prepare({ chunk }: RunRequest): Promise<PreparedJob> {
    const program = programFor(chunk, this.#context.tuning);
    const derivations = derivationsOf(chunk, this.#context.tuning);
    if (program === undefined || derivations === undefined)
      throw new SwizzleError('internal', `no shader runs ${chunk.kernel} on the chunk's dtypes`);
    const layout = layoutChunk(chunk, program.statistic);
    const { inputBytes, outputBytes } = this.#setup.shape;
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
  async #read(prepared: PreparedJob, request: RunRequest): Promise<Job> {
    const { layout, derivations } = prepared;
    const { upload } = this.#memory;
    const isKept = request.chunk.resident !== undefined;
    const inputs = (isKept ? await this.#residents.make(layout.inputBytes) : undefined) ?? this.#memory.inputs;
    try {
      // No more than needed: V8 collects garbage the more often the more memory JavaScript sees.
      const mapped = upload.getMappedRange(0, layout.uploadBytes);
      readInputs(request, layout, mapped, this.#files.inputs, this.#setup.staging);
      const derived = await this.#derive.load(derivations, request, layout, this.#files.inputs, inputs);
      return { ...prepared, inputs, loads: derived };
    } catch (error) {
      if (inputs !== this.#memory.inputs) this.#residents.spare(inputs);
      upload.unmap();
      this.#uploadMapped = this.#mapUpload();
      throw error;
    }
  }

  /** From the filled upload buffer to the mapped readback buffer. */
  async #compute(job: Job): Promise<{ tensors: TensorCounts[]; mapped: ArrayBuffer }> {
    if (job.loads !== undefined) this.#memory.upload.unmap();
    submitChunk(this.#context, job);
    // Asked for already now, so that the next chunk's reading need not wait.
    if (job.loads !== undefined) this.#uploadMapped = this.#mapUpload();

    let mapped = await this.#mapReadback(job);
    const outputs = job.chunk.outputs.length;
    const tensors = await countByTensor(job.chunk, readCounts(mapped, outputs), async (range) => {
      unmapReadback(job.results);
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

  /** Frees inputs that are kept in device memory. */
  forget(residents: readonly number[]): void {
    this.#residents.forget(residents);
  }

  /** Frees its memory. */
  async close(): Promise<void> {
    // a thread whose device waits for something when it ends takes the process with it
    await this.#uploadMapped.catch(() => undefined);
    this.#bindings.destroy();
    this.#statistics.destroy();
    this.#derive.destroy();
    this.#residents.destroy();
    destroyMemory(this.#memory);
  }
}

function unmapReadback({ readback }: ResultBuffers): void {
  if (readback.mapState === 'mapped') readback.unmap();
}
