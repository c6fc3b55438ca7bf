import { SMALL_BUFFER_BYTES } from './layout.ts';
import type { LaneMemory } from './memory.ts';

const MAP_READ_AND_COPY_DST = 0x9;
const STORAGE_AND_COPIES = 0x8c;
const LEAST_BYTES = 65_536;

/** Where a kernel writes, and where that is mapped. */
export type ResultBuffers = Pick<LaneMemory, 'outputs' | 'readback'>;

/** A lane's memory for what statistics find: made with the first of them, and made larger where one needs it. */
export class ResultMemory {
  readonly #device: GPUDevice;
  #buffers: ResultBuffers | undefined;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Buffers for `bytes` of results. Those of the last call must not be in use any more. */
  hold(bytes: number): ResultBuffers {
    if (this.#buffers !== undefined && this.#buffers.outputs.size >= bytes) return this.#buffers;
    this.destroy();
    const size = Math.max(LEAST_BYTES, 2 ** Math.ceil(Math.log2(bytes)));
    const create = (label: string, own: number, usage: number): GPUBuffer => {
      return this.#device.createBuffer({ label, size: own, usage });
    };
    this.#buffers = {
      outputs: create('results', size, STORAGE_AND_COPIES),
      readback: create('results readback', SMALL_BUFFER_BYTES + size, MAP_READ_AND_COPY_DST),
    };
    return this.#buffers;
  }

  destroy(): void {
    this.#buffers?.outputs.destroy();
    this.#buffers?.readback.destroy();
  }
}
