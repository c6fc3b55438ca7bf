import type { DeviceContext } from './context.ts';
import type { LaneMemory } from './memory.ts';

const STORAGE_AND_COPY_DST = 0x88;

/** What kernels of one lane are bound to. Parameters have a buffer of their own where a table does not fit the usual one. */
export class Bindings {
  readonly #context: DeviceContext;
  readonly #memory: LaneMemory;
  #params: GPUBuffer;
  /** Of the lane's own inputs, by the buffer that is written to. */
  readonly #groups = new Map<GPUBuffer, GPUBindGroup>();

  constructor(context: DeviceContext, memory: LaneMemory) {
    this.#context = context;
    this.#memory = memory;
    this.#params = memory.params;
  }

  /** Writes the parameters of the next dispatch; returns what it is bound to. */
  write(words: Uint32Array<ArrayBuffer>, inputs: GPUBuffer, outputs: GPUBuffer): GPUBindGroup {
    const { device } = this.#context;
    if (words.byteLength > this.#params.size) {
      this.destroy();
      const size = 2 ** Math.ceil(Math.log2(words.byteLength));
      this.#params = device.createBuffer({ label: 'params', size, usage: STORAGE_AND_COPY_DST });
    }
    device.queue.writeBuffer(this.#params, 0, words);
    // inputs that are kept come and go
    if (inputs !== this.#memory.inputs) return this.#bind(inputs, outputs);
    const known = this.#groups.get(outputs);
    if (known !== undefined) return known;
    const group = this.#bind(inputs, outputs);
    this.#groups.set(outputs, group);
    return group;
  }

  /** Frees what the lane's memory does not hold. */
  destroy(): void {
    if (this.#params !== this.#memory.params) this.#params.destroy();
    this.#groups.clear();
  }

  #bind(inputs: GPUBuffer, outputs: GPUBuffer): GPUBindGroup {
    const { counters } = this.#memory;
    return this.#context.device.createBindGroup({
      layout: this.#context.pipelines.bindGroupLayout,
      entries: [this.#params, inputs, outputs, counters].map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
  }
}
