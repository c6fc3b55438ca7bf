import type { Dtype } from '../../src/dtype.ts';
import { byteLength } from '../../src/dtype.ts';
import type { Chunk } from '../../src/plan/chunks/chunk.ts';

/** A kernel to measure on data that is on the device already. */
export interface KernelJob {
  readonly kernel: 'weighted_sum' | 'convert';
  readonly inputs: readonly Dtype[];
  readonly outputs: readonly Dtype[];
}

/** Traffic is bytes read and written. */
export interface KernelRow {
  readonly name: string;
  readonly trafficGBps: number;
  readonly outputGBps: number;
}

export const JOBS: readonly KernelJob[] = [
  { kernel: 'weighted_sum', inputs: ['BF16', 'BF16'], outputs: ['BF16'] },
  { kernel: 'weighted_sum', inputs: ['F16', 'BF16'], outputs: ['F16'] },
  { kernel: 'weighted_sum', inputs: ['F32', 'F32'], outputs: ['F16'] },
  { kernel: 'weighted_sum', inputs: ['BF16', 'BF16'], outputs: ['BF16', 'BF16', 'BF16', 'BF16'] },
  { kernel: 'convert', inputs: ['F32'], outputs: ['F16'] },
  { kernel: 'convert', inputs: ['BF16'], outputs: ['F16'] },
];

/** The job over `elements` elements, as devices take it; there are no files behind it. */
export function jobChunk(job: KernelJob, elements: number): Chunk {
  return {
    kernel: job.kernel,
    elements,
    inputs: job.inputs.map((dtype) => ({ dtype, ranges: [] })),
    outputs: job.outputs.map((dtype, k) => ({
      dtype,
      file: k,
      begin: 0,
      weights: job.kernel === 'convert' ? [] : job.inputs.map(() => (1 - k / 8) / job.inputs.length),
    })),
    onOverflow: 'inf',
    tensors: [{ name: 'bench', end: elements }],
  };
}

export function row(job: KernelJob, elements: number, seconds: number): KernelRow {
  const read = job.inputs.reduce((sum, dtype) => sum + byteLength(dtype, elements), 0);
  const written = job.outputs.reduce((sum, dtype) => sum + byteLength(dtype, elements), 0);
  return {
    name: `${job.kernel} ${job.inputs.join('+')} -> ${job.outputs.length > 1 ? `${job.outputs.length} x ` : ''}${job.outputs[0]}`,
    trafficGBps: (read + written) / 1e9 / seconds,
    outputGBps: written / 1e9 / seconds,
  };
}
