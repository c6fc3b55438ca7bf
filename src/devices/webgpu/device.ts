import type { Worker } from 'node:worker_threads';
import type { Chunk } from '../../plan/chunks/chunk.ts';
import { SwizzleError } from '../../errors.ts';
import { compileKernels } from '../cpu/compile-kernels.ts';
import type { Device, Lane, LaneHabit, LaneShape, OpenFiles } from '../device.ts';
import type { AdapterInfo } from './adapter-info.ts';
import { derivationsOf } from './derive/derivation.ts';
import { programFor } from './kernels/program.ts';
import { createGpuLane } from './lane.ts';
import { COUNTER_BYTES, SMALL_BUFFER_BYTES } from './layout.ts';
import { hideHarmlessWarnings } from './native-warnings.ts';
import type { DeviceFacts, DeviceWish } from './thread/protocol.ts';
import { GpuThreads, startGpuThread } from './threads.ts';
import { type Tuning, tuningOf } from './tuning.ts';

export interface WebGpuOptions extends DeviceWish {
  /** Starts a thread that calls `serveGpu`. */
  readonly start?: (() => Worker) | undefined;
}

/** A table of coefficients by row or column may be so large; what is beyond is computed on the CPU. */
const MOST_SETTINGS_BYTES = 16 * 2 ** 20;
/** Node reads and writes at most 2 GiB at once, and no chunk gains by being larger than this. */
const MOST_BYTES = 2 ** 30;

/** Threads that start early. The others start when there is work for them: a small merge has none. */
const FIRST_LANES = 2;

/** Drivers for which Dawn prints warnings with every device; see native-warnings.ts. */
const MESA = /mesa|llvmpipe|radv/i;

/** What the main thread knows of an adapter; its lanes are threads that open it themselves. */
class WebGpuDevice implements Device {
  readonly kind = 'webgpu';
  readonly name: string;
  readonly adapter: AdapterInfo;
  readonly limits: LaneShape;
  readonly habit: LaneHabit;
  readonly #tuning: Tuning;
  readonly #threads: GpuThreads;
  readonly #lanes = new Set<Lane>();
  #module: Promise<WebAssembly.Module> | undefined;
  #isClosed = false;

  constructor({ info, maxBufferBytes, maxBindingBytes }: DeviceFacts, tuning: Tuning, threads: GpuThreads) {
    this.adapter = info;
    this.habit = tuning.habit;
    this.name = `webgpu: ${info.name}`;
    const most = Math.min(maxBufferBytes, maxBindingBytes, MOST_BYTES);
    this.limits = { inputBytes: most, outputBytes: most - SMALL_BUFFER_BYTES };
    this.#tuning = tuning;
    this.#threads = threads;
  }

  supports(chunk: Chunk): boolean {
    if (chunk.outputs.some(({ form }) => form !== undefined)) return false;
    if (COUNTER_BYTES * chunk.outputs.length > SMALL_BUFFER_BYTES) return false;
    const program = programFor(chunk, this.#tuning);
    if (derivationsOf(chunk, this.#tuning) === undefined) return false;
    return program !== undefined && 4 * program.settings.length <= MOST_SETTINGS_BYTES;
  }

  async warm(lanes: number): Promise<void> {
    this.#compiled().catch(() => undefined); // createLane throws it
    if (!MESA.test(this.adapter.description)) {
      void this.#threads.warm(Math.min(lanes, FIRST_LANES));
      return;
    }
    using _hidden = hideHarmlessWarnings();
    await this.#threads.warm(lanes);
  }

  async createLane(shape: LaneShape, files: OpenFiles): Promise<Lane> {
    if (this.#isClosed) throw new SwizzleError('internal', 'the device is closed');
    const module = files.summer && (await this.#compiled());
    const lane = await createGpuLane(this.#threads, shape, files, module, () => this.#lanes.delete(lane));
    this.#lanes.add(lane);
    return lane;
  }

  /** Makes whatever runs on the GPU fail, as if the adapter were lost. */
  lose(): void {
    this.#threads.lose(`the WebGPU device ${this.adapter.name} was destroyed`);
  }

  #compiled(): Promise<WebAssembly.Module> {
    return (this.#module ??= compileKernels());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.all([...this.#lanes].map((lane) => lane[Symbol.asyncDispose]()));
    await this.#threads[Symbol.asyncDispose]();
  }
}

export type { WebGpuDevice };

/**
 * Opens a WebGPU device with all that its adapter allows. Throws SwizzleError 'device' when there is no such adapter
 * (the message lists those that there are) or when it gives no device.
 */
export async function createWebGpuDevice({ start, ...wish }: WebGpuOptions = {}): Promise<WebGpuDevice> {
  const threads = new GpuThreads(start ?? startGpuThread, wish);
  try {
    using _hidden = hideHarmlessWarnings();
    const first = threads.take();
    const facts = await first.opened;
    threads.giveBack(first);
    return new WebGpuDevice(facts, wish.tuning ?? tuningOf(facts.info.type), threads);
  } catch (error) {
    await threads[Symbol.asyncDispose]();
    throw error;
  }
}
