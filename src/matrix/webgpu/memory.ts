import type { DeviceContext } from '../../devices/webgpu/context.ts';
import { MAP_MODE } from '../../devices/webgpu/memory.ts';
import { messageOf, SwizzleError } from '../../errors.ts';
import { settleAll } from '../../settle-all.ts';
import type { ForwardMemory, LoadRange } from '../device.ts';
import type { Phase } from '../ops.ts';
import { BINDING_ALIGNMENT, type ForwardTuning } from './dispatch.ts';
import type { ForwardPipelines } from './pipelines.ts';
import { OpRunner } from './runner.ts';
import { type Upload, uploadsOf } from './uploads.ts';

// GPUBufferUsage
const MAP_READ = 0x1;
const MAP_WRITE = 0x2;
const COPY_SRC = 0x4;
const COPY_DST = 0x8;
const STORAGE = 0x80;

/** Uploads that are read into at the same time, and their size. */
const UPLOADS = 4;
const UPLOAD_BYTES = 4 * 2 ** 20;

/** A run's memory in one buffer of the GPU. */
export class GpuMemory implements ForwardMemory {
  readonly #context: DeviceContext;
  readonly #buffer: GPUBuffer;
  readonly #uploads: readonly GPUBuffer[];
  readonly #runner: OpRunner;

  /** @throws SwizzleError 'space' when the GPU does not have so much */
  static async make(
    context: DeviceContext,
    bytes: number,
    tuning: ForwardTuning,
    pipelines: ForwardPipelines,
  ): Promise<GpuMemory> {
    const { device } = context;
    device.pushErrorScope('out-of-memory');
    device.pushErrorScope('validation');
    let thrown: unknown;
    let memory: GpuMemory | undefined;
    try {
      memory = new GpuMemory(context, bytes, tuning, pipelines);
    } catch (error) {
      thrown = error;
    }
    const [invalid, exhausted] = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
    const cause = thrown ?? exhausted ?? invalid ?? undefined;
    if (memory !== undefined && cause === undefined) return memory;
    await memory?.[Symbol.asyncDispose]();
    const wanted = `${(bytes / 2 ** 30).toFixed(1)} GiB`;
    const why = cause instanceof Object && 'message' in cause ? String(cause.message) : messageOf(cause);
    throw new SwizzleError('space', `the GPU does not have the ${wanted} that the forward pass needs: ${why}`, {
      cause,
    });
  }

  private constructor(context: DeviceContext, bytes: number, tuning: ForwardTuning, pipelines: ForwardPipelines) {
    this.#context = context;
    const size = Math.ceil(bytes / BINDING_ALIGNMENT + 1) * BINDING_ALIGNMENT;
    const { device } = context;
    this.#buffer = device.createBuffer({ label: 'forward pass', size, usage: STORAGE | COPY_SRC | COPY_DST });
    this.#uploads = Array.from({ length: UPLOADS }, () => {
      return device.createBuffer({ label: 'weights', size: UPLOAD_BYTES, usage: MAP_WRITE | COPY_SRC });
    });
    this.#runner = new OpRunner(context, this.#buffer, tuning, pipelines);
  }

  async load(ranges: readonly LoadRange[], signal?: AbortSignal): Promise<void> {
    const uploads = uploadsOf(ranges, UPLOAD_BYTES);
    let next = 0;
    const loadOn = async (buffer: GPUBuffer): Promise<void> => {
      for (let upload = uploads[next++]; upload !== undefined; upload = uploads[next++]) {
        signal?.throwIfAborted();
        await this.#upload(upload, buffer, signal);
      }
    };
    // all must be over before an error is thrown: they read into mapped memory
    await settleAll(this.#uploads.map(loadOn));
  }

  async #upload({ address, bytes, ranges }: Upload, buffer: GPUBuffer, signal: AbortSignal | undefined): Promise<void> {
    await this.#context.wait(buffer.mapAsync(MAP_MODE.WRITE), 'mapping memory for weights');
    try {
      const mapped = buffer.getMappedRange();
      for (const range of ranges) {
        const target = new Uint8Array(mapped, range.address - address, range.end - range.begin);
        await range.file.read(target, range.begin, signal);
      }
    } finally {
      buffer.unmap();
    }
    const { device } = this.#context;
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, this.#buffer, address, Math.ceil(bytes / 4) * 4);
    device.queue.submit([encoder.finish()]);
  }

  async write(address: number, bytes: Uint8Array): Promise<void> {
    this.#context.check();
    const padded = new Uint8Array(Math.ceil(bytes.byteLength / 4) * 4);
    padded.set(bytes);
    this.#context.device.queue.writeBuffer(this.#buffer, address, padded);
  }

  async run(phases: readonly Phase[], signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const ops = phases.flatMap((phase) => (phase.kind === 'apart' ? phase.tasks.flat() : phase.ops));
    await this.#runner.run(ops, signal);
  }

  async read(address: number, length: number): Promise<Uint8Array> {
    const { device } = this.#context;
    const size = Math.max(4, Math.ceil(length / 4) * 4);
    const buffer = device.createBuffer({ label: 'results', size, usage: MAP_READ | COPY_DST });
    try {
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(this.#buffer, address, buffer, 0, size);
      device.queue.submit([encoder.finish()]);
      await this.#context.wait(buffer.mapAsync(MAP_MODE.READ), 'reading results');
      return new Uint8Array(buffer.getMappedRange()).slice(0, length);
    } finally {
      buffer.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#runner.destroy();
    for (const buffer of [this.#buffer, ...this.#uploads]) buffer.destroy();
  }
}
