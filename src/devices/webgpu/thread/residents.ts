const STORAGE_AND_COPY_DST = 0x88;

/** Buffers are made in multiples of this many bytes, so that they fit again. */
const STEP_BYTES = 65_536;

/** Buffers that wait for the next inputs; more are given back. */
const MOST_SPARE = 4;

/** Inputs of chunks that stay in a lane's device memory from one pass to the next. */
export class ResidentInputs {
  readonly #device: GPUDevice;
  readonly #held = new Map<number, GPUBuffer>();
  readonly #spare: GPUBuffer[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  find(resident: number): GPUBuffer | undefined {
    return this.#held.get(resident);
  }

  /** A buffer for inputs; undefined where the device has no memory for it. It counts as held only after `keep`. */
  async make(bytes: number): Promise<GPUBuffer | undefined> {
    const at = this.#spare.findIndex(({ size }) => size >= bytes && size <= 2 * bytes + STEP_BYTES);
    if (at >= 0) return this.#spare.splice(at, 1)[0];
    const size = Math.ceil(bytes / STEP_BYTES) * STEP_BYTES;
    this.#device.pushErrorScope('out-of-memory');
    const buffer = this.#device.createBuffer({ label: 'resident', size, usage: STORAGE_AND_COPY_DST });
    if ((await this.#device.popErrorScope()) === null) return buffer;
    buffer.destroy();
    return undefined;
  }

  keep(resident: number, buffer: GPUBuffer): void {
    this.#held.set(resident, buffer);
  }

  /** Takes a buffer back. */
  spare(buffer: GPUBuffer): void {
    if (this.#spare.length < MOST_SPARE) this.#spare.push(buffer);
    else buffer.destroy();
  }

  forget(residents: readonly number[]): void {
    for (const resident of residents) {
      const buffer = this.#held.get(resident);
      if (buffer === undefined) continue;
      this.#held.delete(resident);
      this.spare(buffer);
    }
  }

  destroy(): void {
    for (const buffer of [...this.#held.values(), ...this.#spare]) buffer.destroy();
    this.#held.clear();
    this.#spare.length = 0;
  }
}
