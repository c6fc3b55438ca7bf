import type { Dtype } from '../../src/dtype.ts';
import { byteLength } from '../../src/dtype.ts';
import { describeAdapter, openAdapter } from '../../src/devices/webgpu/adapters.ts';
import { type ChunkLayout, layoutChunk, packParameters } from '../../src/devices/webgpu/layout.ts';
import { Pipelines } from '../../src/devices/webgpu/kernels/pipelines.ts';
import { programFor } from '../../src/devices/webgpu/kernels/program.ts';
import { PollBrake } from '../../src/devices/webgpu/poll-brake.ts';
import { type Tuning, tuningOf, workgroupsFor } from '../../src/devices/webgpu/tuning.ts';
import { weightBlock } from '../inputs/block.ts';
import { median } from '../race.ts';
import { JOBS, jobChunk, row, type KernelJob, type KernelRow } from './job.ts';

const MIB = 2 ** 20;
const STORAGE = 0x80;
const COPY_SRC = 0x4;
const COPY_DST = 0x8;

/** Work on the GPU, encoded `times` times into one submission. */
type Encode = (encoder: GPUCommandEncoder) => void;

/** The shaders on buffers of the adapter called `name`, beside a buffer-to-buffer copy on it. */
export async function measureGpuKernels(name: string, runs: number): Promise<KernelRow[]> {
  const opened = await openAdapter(name);
  if (opened === undefined) throw new Error(`no adapter ${name}`);
  const { adapter } = opened;
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  const device = await adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } });
  const { type } = describeAdapter(adapter, name);
  const bench = new GpuBench(device, tuningOf(type), type === 'software' ? 8 : 32, runs);
  // larger than the caches of the largest GPUs
  const operand = Math.min(
    (type === 'software' ? 16 : 256) * MIB,
    Math.floor(maxStorageBufferBindingSize / 8 / MIB) * MIB,
  );
  try {
    const rows = [await bench.copy(operand)];
    for (const job of JOBS) rows.push(await bench.kernel(job, operand / 4));
    return rows;
  } finally {
    device.destroy();
    await device.lost;
    opened.gpu.toString(); // Node dies when Dawn's instance is collected before its devices
  }
}

class GpuBench {
  readonly #device: GPUDevice;
  readonly #pipelines: Pipelines;
  readonly #tuning: Tuning;
  readonly #brake: PollBrake;
  readonly #times: number;
  readonly #runs: number;

  constructor(device: GPUDevice, tuning: Tuning, times: number, runs: number) {
    this.#device = device;
    this.#pipelines = new Pipelines(device, tuning.workgroupSize);
    this.#tuning = tuning;
    this.#brake = new PollBrake(tuning.pauseMs);
    this.#times = times;
    this.#runs = runs;
  }

  async copy(bytes: number): Promise<KernelRow> {
    const [from, to] = [this.#buffer(bytes), this.#buffer(bytes)];
    const seconds = await this.#time((encoder) => encoder.copyBufferToBuffer(from, 0, to, 0, bytes));
    for (const buffer of [from, to]) buffer.destroy();
    const rate = bytes / 1e9 / seconds;
    return { name: 'copy', trafficGBps: 2 * rate, outputGBps: rate };
  }

  async kernel(job: KernelJob, elements: number): Promise<KernelRow> {
    const chunk = jobChunk(job, elements);
    const layout = layoutChunk(chunk);
    const pipeline = await this.#pipelines.get(job);
    const octets = Math.ceil(elements / 8);
    const settings = programFor(chunk, this.#tuning)?.settings ?? new Uint32Array(0);
    const buffers = [
      this.#buffer(65_536),
      this.#buffer(layout.inputBytes),
      this.#buffer(layout.outputBytes),
      this.#buffer(65_536),
    ];
    const [parameters, inputs] = buffers;
    if (parameters === undefined || inputs === undefined) throw new Error('no buffers');
    this.#device.queue.writeBuffer(
      parameters,
      0,
      packParameters(chunk, layout, settings, octets, { begin: 0, end: elements }),
    );
    this.#fill(inputs, job.inputs, layout, elements);
    const bindGroup = this.#device.createBindGroup({
      layout: this.#pipelines.bindGroupLayout,
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    const seconds = await this.#time((encoder) => {
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(workgroupsFor(this.#tuning, octets));
      pass.end();
    });
    for (const buffer of buffers) buffer.destroy();
    return row(job, elements, seconds);
  }

  #buffer(size: number): GPUBuffer {
    return this.#device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
  }

  #fill(inputs: GPUBuffer, dtypes: readonly Dtype[], layout: ChunkLayout, elements: number): void {
    for (const [i, dtype] of dtypes.entries()) {
      const data = weightBlock(dtype, i + 1);
      const end = byteLength(dtype, elements);
      for (let at = 0; at < end; at += data.length) {
        const offset = (layout.inputs[i]?.offset ?? 0) + at;
        this.#device.queue.writeBuffer(inputs, offset, data.buffer, data.byteOffset, Math.min(data.length, end - at));
      }
    }
  }

  /** Median seconds of one encoding of `work`. */
  async #time(work: Encode): Promise<number> {
    const samples: number[] = [];
    for (let run = 0; run <= this.#runs; run++) {
      const encoder = this.#device.createCommandEncoder();
      for (let i = 0; i < this.#times; i++) work(encoder);
      const commands = encoder.finish();
      await this.#device.queue.onSubmittedWorkDone();
      const begun = performance.now();
      this.#device.queue.submit([commands]);
      await this.#brake.during(this.#device.queue.onSubmittedWorkDone());
      if (run > 0) samples.push((performance.now() - begun) / 1000 / this.#times);
    }
    return median(samples);
  }
}
