import type { DeviceContext } from '../../devices/webgpu/context.ts';
import type { Op } from '../ops.ts';
import { BINDING_ALIGNMENT, type Dispatch, type ForwardTuning } from './dispatch.ts';
import { dispatchesOf } from './dispatches-of.ts';
import { type ForwardPipeline, ForwardPipelines } from './pipelines.ts';

/** GPUBufferUsage.STORAGE | COPY_DST */
const STORAGE_AND_COPY_DST = 0x88;

/** Most dispatches that are given to the GPU at once. */
const MOST_AT_ONCE = 256;

/** Counters of the merge's kernels, which nobody reads here. */
const COUNTER_BYTES = 256;

/** The binding that the merge's kernels count in. */
const COUNTERS = 3;

/** Runs ops on a buffer: slices of dispatches, of which one computes while the next is encoded. */
export class OpRunner {
  readonly #context: DeviceContext;
  readonly #memory: GPUBuffer;
  readonly #tuning: ForwardTuning;
  readonly #pipelines: ForwardPipelines;
  readonly #counters: GPUBuffer;
  /** Parameters of two slices in turn. */
  readonly #parameters: (GPUBuffer | undefined)[] = [undefined, undefined];

  constructor(context: DeviceContext, memory: GPUBuffer, tuning: ForwardTuning, pipelines: ForwardPipelines) {
    this.#context = context;
    this.#memory = memory;
    this.#tuning = tuning;
    this.#pipelines = pipelines;
    this.#counters = context.device.createBuffer({ size: COUNTER_BYTES, usage: STORAGE_AND_COPY_DST });
  }

  /** @throws SwizzleError 'device', 'shader'; the signal's reason between two slices */
  async run(ops: readonly Op[], signal: AbortSignal | undefined): Promise<void> {
    const { queue } = this.#context.device;
    let turn = 0;
    let before: Promise<unknown> | undefined;
    for (const slice of this.#slices(ops)) {
      const commands = await this.#encode(slice, turn);
      signal?.throwIfAborted();
      queue.submit([commands]);
      const submitted = queue.onSubmittedWorkDone();
      await this.#wait(before);
      before = submitted;
      turn = 1 - turn;
    }
    await this.#wait(before);
    signal?.throwIfAborted();
  }

  destroy(): void {
    for (const buffer of [this.#counters, ...this.#parameters]) buffer?.destroy();
  }

  async #wait(work: Promise<unknown> | undefined): Promise<void> {
    if (work !== undefined) await this.#context.wait(work, 'a forward pass');
  }

  *#slices(ops: readonly Op[]): Generator<Dispatch[]> {
    let slice: Dispatch[] = [];
    let work = 0;
    for (const op of ops) {
      for (const dispatch of dispatchesOf(op, this.#tuning)) {
        slice.push(dispatch);
        work += dispatch.work;
        if (work < this.#tuning.sliceWork && slice.length < MOST_AT_ONCE) continue;
        yield slice;
        [slice, work] = [[], 0];
      }
    }
    if (slice.length > 0) yield slice;
  }

  async #encode(dispatches: readonly Dispatch[], turn: number): Promise<GPUCommandBuffer> {
    const pipelines: ForwardPipeline[] = [];
    for (const { shader, operands } of dispatches) {
      const bindings = operands.map(({ binding }) => binding);
      pipelines.push(await this.#pipelines.get(shader, countsIn(shader.kernel) ? [...bindings, COUNTERS] : bindings));
    }
    const places = this.#writeParameters(dispatches, turn);
    const encoder = this.#context.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const [index, dispatch] of dispatches.entries()) {
      const made = pipelines[index];
      const parameters = places[index];
      if (made === undefined || parameters === undefined) continue;
      pass.setPipeline(made.pipeline);
      pass.setBindGroup(0, this.#bind(dispatch, made.layout, parameters));
      pass.dispatchWorkgroups(...dispatch.grid);
    }
    pass.end();
    return encoder.finish();
  }

  #writeParameters(dispatches: readonly Dispatch[], turn: number): GPUBufferBinding[] {
    const { device } = this.#context;
    let end = 0;
    const places = dispatches.map(({ parameters }) => {
      const place = { offset: end, size: parameters.byteLength };
      end += Math.ceil(parameters.byteLength / BINDING_ALIGNMENT) * BINDING_ALIGNMENT;
      return place;
    });
    const words = new Uint32Array(end / 4);
    for (const [index, { parameters }] of dispatches.entries()) words.set(parameters, (places[index]?.offset ?? 0) / 4);
    let buffer = this.#parameters[turn];
    if (buffer === undefined || buffer.size < end) {
      buffer?.destroy();
      buffer = device.createBuffer({ size: 2 ** Math.ceil(Math.log2(end)), usage: STORAGE_AND_COPY_DST });
      this.#parameters[turn] = buffer;
    }
    device.queue.writeBuffer(buffer, 0, words);
    const whole = buffer;
    return places.map((place) => ({ buffer: whole, ...place }));
  }

  #bind({ shader, operands }: Dispatch, layout: GPUBindGroupLayout, parameters: GPUBufferBinding): GPUBindGroup {
    const entries = operands.map(({ binding, address, bytes }): GPUBindGroupEntry => {
      const offset = address - (address % BINDING_ALIGNMENT);
      const size = Math.ceil((address + bytes - offset) / 16) * 16;
      return { binding, resource: { buffer: this.#memory, offset, size } };
    });
    entries.push({ binding: 0, resource: parameters });
    if (countsIn(shader.kernel)) entries.push({ binding: COUNTERS, resource: { buffer: this.#counters } });
    return this.#context.device.createBindGroup({ layout, entries });
  }
}

/** The merge's own kernels count what overflows. */
function countsIn(kernel: string): boolean {
  return kernel === 'weighted_sum' || kernel === 'convert';
}
