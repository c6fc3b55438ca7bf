import type { Chunk } from '../../plan/chunks/chunk.ts';
import type { Bindings } from './bindings.ts';
import type { DeviceContext } from './context.ts';
import type { DeriveStep } from './derive/memory.ts';
import { OCTET, type Program } from './kernels/spec.ts';
import { COUNTER_BYTES, type ChunkLayout, type CountRange, SMALL_BUFFER_BYTES, packParameters } from './layout.ts';
import type { LaneMemory } from './memory.ts';
import type { ResultBuffers } from './result-memory.ts';
import { workgroupsFor } from './tuning.ts';

/** One chunk, ready for the GPU. */
export interface Job {
  readonly chunk: Chunk;
  readonly program: Program;
  readonly layout: ChunkLayout;
  readonly pipeline: GPUComputePipeline;
  readonly memory: LaneMemory;
  readonly bindings: Bindings;
  /** What the kernel reads: the lane's inputs, or a buffer that stays for later passes. */
  readonly inputs: GPUBuffer;
  /** Made before the kernel runs; undefined where the inputs are in device memory already. */
  readonly loads: readonly DeriveStep[] | undefined;
  /** Where the kernel writes: the lane's outputs, or for a statistic memory of its own. */
  readonly results: ResultBuffers;
}

function counterBytes(chunk: Chunk): number {
  return COUNTER_BYTES * chunk.outputs.length;
}

function dispatch(context: DeviceContext, job: Job, encoder: GPUCommandEncoder, range: CountRange): void {
  const { chunk, program, layout, memory, results } = job;
  const octets = Math.ceil(chunk.elements / OCTET);
  const words = packParameters(chunk, layout, program.settings, octets, range);
  const bindGroup = job.bindings.write(words, job.inputs, results.outputs);
  const counters = counterBytes(chunk);
  if (counters > 0) encoder.clearBuffer(memory.counters, 0, counters);
  const pass = encoder.beginComputePass();
  pass.setPipeline(job.pipeline);
  pass.setBindGroup(0, bindGroup);
  pass.dispatchWorkgroups(...gridOf(context, job.program, octets));
  pass.end();
  if (counters > 0) encoder.copyBufferToBuffer(memory.counters, 0, results.readback, 0, counters);
}

function gridOf({ tuning }: DeviceContext, { statistic }: Program, octets: number): readonly [number, number] {
  return statistic === undefined ? [workgroupsFor(tuning, octets), 1] : statistic.grid;
}

/** Uploads, computes and copies back a chunk whose inputs are in the upload buffer, which must not be mapped any more. */
export function submitChunk(context: DeviceContext, job: Job): void {
  const { chunk, program, layout, memory, results } = job;
  const encoder = context.device.createCommandEncoder();
  if (job.loads !== undefined) {
    encoder.copyBufferToBuffer(memory.upload, 0, job.inputs, 0, layout.uploadBytes);
    for (const step of job.loads) derive(encoder, step, memory);
  }
  const zeroBytes = program.statistic?.zeroBytes ?? 0;
  if (zeroBytes > 0) encoder.clearBuffer(results.outputs, 0, zeroBytes);
  dispatch(context, job, encoder, { begin: 0, end: chunk.elements });
  encoder.copyBufferToBuffer(results.outputs, 0, results.readback, SMALL_BUFFER_BYTES, layout.outputBytes);
  context.device.queue.submit([encoder.finish()]);
}

function derive(
  encoder: GPUCommandEncoder,
  { copy, pipeline, group, workgroups }: DeriveStep,
  memory: LaneMemory,
): void {
  if (copy !== undefined) encoder.copyBufferToBuffer(memory.upload, copy.from, copy.to, copy.at, copy.bytes);
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(workgroups);
  pass.end();
}

/** Computes the chunk again from the inputs that are still on the GPU, for the counters of `range` alone. */
export function submitRecount(context: DeviceContext, job: Job, range: CountRange): void {
  const encoder = context.device.createCommandEncoder();
  dispatch(context, job, encoder, range);
  context.device.queue.submit([encoder.finish()]);
}

/** Bytes of the readback buffer that a chunk fills. */
export function readbackBytes(layout: ChunkLayout): number {
  return SMALL_BUFFER_BYTES + layout.outputBytes;
}
