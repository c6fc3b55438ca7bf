import type { Chunk } from '../../plan/chunk.ts';
import type { DeviceContext } from './context.ts';
import { COUNTER_BYTES, type ChunkLayout, type CountRange, SMALL_BUFFER_BYTES, packParameters } from './layout.ts';
import type { LaneMemory } from './memory.ts';
import { workgroupsFor } from './tuning.ts';

/** Elements that an invocation computes at a time. */
const OCTET = 8;

/** One chunk, ready for the GPU. */
export interface Job {
  readonly chunk: Chunk;
  readonly layout: ChunkLayout;
  readonly pipeline: GPUComputePipeline;
  readonly memory: LaneMemory;
  readonly bindGroup: GPUBindGroup;
}

function counterBytes(chunk: Chunk): number {
  return COUNTER_BYTES * chunk.outputs.length;
}

function encodeKernel(context: DeviceContext, job: Job, range: CountRange): GPUCommandEncoder {
  const { chunk, layout, memory } = job;
  const octets = Math.ceil(chunk.elements / OCTET);
  context.device.queue.writeBuffer(memory.params, 0, packParameters(chunk, layout, octets, range));
  const encoder = context.device.createCommandEncoder();
  encoder.clearBuffer(memory.counters, 0, counterBytes(chunk));
  return encoder;
}

function dispatch(context: DeviceContext, job: Job, encoder: GPUCommandEncoder): void {
  const pass = encoder.beginComputePass();
  pass.setPipeline(job.pipeline);
  pass.setBindGroup(0, job.bindGroup);
  pass.dispatchWorkgroups(workgroupsFor(context.tuning, Math.ceil(job.chunk.elements / OCTET)));
  pass.end();
  encoder.copyBufferToBuffer(job.memory.counters, 0, job.memory.readback, 0, counterBytes(job.chunk));
}

/** Uploads, computes and copies back a chunk whose inputs are in the upload buffer, which must not be mapped any more. */
export function submitChunk(context: DeviceContext, job: Job): void {
  const { chunk, layout, memory } = job;
  const encoder = encodeKernel(context, job, { begin: 0, end: chunk.elements });
  encoder.copyBufferToBuffer(memory.upload, 0, memory.inputs, 0, layout.inputBytes);
  dispatch(context, job, encoder);
  encoder.copyBufferToBuffer(memory.outputs, 0, memory.readback, SMALL_BUFFER_BYTES, layout.outputBytes);
  context.device.queue.submit([encoder.finish()]);
}

/** Computes the chunk again from the inputs that are still on the GPU, for the counters of `range` alone. */
export function submitRecount(context: DeviceContext, job: Job, range: CountRange): void {
  const encoder = encodeKernel(context, job, range);
  dispatch(context, job, encoder);
  context.device.queue.submit([encoder.finish()]);
}

/** Bytes of the readback buffer that a chunk fills. */
export function readbackBytes(layout: ChunkLayout): number {
  return SMALL_BUFFER_BYTES + layout.outputBytes;
}
