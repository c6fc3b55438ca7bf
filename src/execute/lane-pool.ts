import type { Device, Lane, LaneShape, OpenFiles } from '../device/device.ts';

/** Lanes of one device, made when first needed; the queue around them bounds their number. */
export class LanePool implements AsyncDisposable {
  readonly device: Device;
  readonly #shape: LaneShape;
  readonly #files: OpenFiles;
  readonly #idle: Lane[] = [];
  readonly #all: Lane[] = [];

  constructor(device: Device, shape: LaneShape, files: OpenFiles) {
    this.device = device;
    this.#shape = shape;
    this.#files = files;
  }

  /** Lends a lane, and its number from 0, to `work` for as long as that runs. */
  async use<T>(work: (lane: Lane, number: number) => Promise<T>): Promise<T> {
    const lane = this.#idle.pop() ?? (await this.#create());
    try {
      return await work(lane, this.#all.indexOf(lane));
    } finally {
      this.#idle.push(lane);
    }
  }

  async #create(): Promise<Lane> {
    const lane = await this.device.createLane(this.#shape, this.#files);
    this.#all.push(lane);
    return lane;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((lane) => lane[Symbol.asyncDispose]()));
  }
}
