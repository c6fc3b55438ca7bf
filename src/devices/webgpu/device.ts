import { SwizzleError } from '../../errors.ts';
import type { Chunk } from '../../plan/chunks/chunk.ts';
import type { Device, Lane, LaneHabit, LaneShape, OpenFiles } from '../device.ts';
import type { AdapterInfo } from './adapters.ts';
import { DeviceContext } from './context.ts';
import { freeDawn } from './dawn.ts';
import { derivationsOf } from './derive/derivation.ts';
import { WebGpuLane } from './lane.ts';
import { programFor } from './kernels/program.ts';
import { COUNTER_BYTES, SMALL_BUFFER_BYTES } from './layout.ts';
import { type OpenedDevice, openDevice } from './open-device.ts';
import { type Tuning, tuningOf } from './tuning.ts';

export interface WebGpuOptions {
  /** An adapter's name as `listAdapters` gives it; without it the one that Dawn thinks fastest. */
  readonly adapter?: string;
  /** How kernels and lanes are cut; by default as the adapter's kind likes it. Results do not depend on it. */
  readonly tuning?: Tuning;
}

/** A table of coefficients by row or column may be so large; what is beyond is computed on the CPU. */
const MOST_SETTINGS_BYTES = 16 * 2 ** 20;
/** Node reads and writes at most 2 GiB at once, and no chunk gains by being larger than this. */
const MOST_BYTES = 2 ** 30;

class WebGpuDevice implements Device {
  readonly kind = 'webgpu';
  readonly name: string;
  readonly adapter: AdapterInfo;
  readonly limits: LaneShape;
  readonly habit: LaneHabit;
  /** Held because Node dies when Dawn's instance is collected while its devices are in use; see openDawn. One a making. */
  readonly #gpus: GPU[] = [];
  /** Undefined once the device is closed: what it refers to can then be freed. */
  #open: DeviceContext | undefined;
  readonly #tuning: Tuning;
  readonly #lanes = new Set<WebGpuLane>();

  /** What the adapter was asked for by. */
  readonly #wanted: string | undefined;

  constructor({ gpu, device, info: adapter }: OpenedDevice, tuning: Tuning, wanted: string | undefined) {
    this.#gpus.push(gpu);
    this.#wanted = wanted;
    this.adapter = adapter;
    this.habit = tuning.habit;
    this.name = `webgpu: ${adapter.name}`;
    const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
    const most = Math.min(maxBufferSize, maxStorageBufferBindingSize, MOST_BYTES);
    this.limits = { inputBytes: most, outputBytes: most - SMALL_BUFFER_BYTES };
    this.#tuning = tuning;
    this.#open = new DeviceContext(device, adapter.name, tuning);
  }

  get #context(): DeviceContext {
    if (this.#open === undefined) throw new SwizzleError('internal', 'the device is closed');
    return this.#open;
  }

  supports(chunk: Chunk): boolean {
    if (chunk.outputs.some(({ form }) => form !== undefined)) return false;
    if (COUNTER_BYTES * chunk.outputs.length > SMALL_BUFFER_BYTES) return false;
    const program = programFor(chunk, this.#context.tuning);
    if (derivationsOf(chunk, this.#context.tuning) === undefined) return false;
    return program !== undefined && 4 * program.settings.length <= MOST_SETTINGS_BYTES;
  }

  async createLane(shape: LaneShape, files: OpenFiles): Promise<Lane> {
    const lane = await WebGpuLane.create(this.#context, shape, files, (closed) => this.#lanes.delete(closed));
    this.#lanes.add(lane);
    return lane;
  }

  async renew(): Promise<void> {
    await this.#context.close();
    const { gpu, device } = await openDevice(this.#wanted);
    // lanes of before fail when they are used, and are closed by whom they belong to
    this.#gpus.push(gpu);
    this.#open = new DeviceContext(device, this.adapter.name, this.#tuning);
  }

  /** Gives the GPU up at once: chunks that run fail with SwizzleError 'device'. Lanes must not be reading or writing. */
  destroy(): void {
    this.#context.giveUp(`the WebGPU device ${this.adapter.name} was destroyed`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#open === undefined) return;
    await this.#close();
    await freeDawn();
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#lanes].map((lane) => lane[Symbol.asyncDispose]()));
    await this.#open?.close();
    this.#open = undefined;
    this.#gpus.length = 0;
  }
}

export type { WebGpuDevice };

/**
 * Opens a WebGPU device with all that its adapter allows. Throws SwizzleError 'device' when there is no such adapter
 * (the message lists those that there are) or when it gives no device.
 */
export async function createWebGpuDevice(options: WebGpuOptions = {}): Promise<WebGpuDevice> {
  const opened = await openDevice(options.adapter);
  return new WebGpuDevice(opened, options.tuning ?? tuningOf(opened.info.type), options.adapter);
}
