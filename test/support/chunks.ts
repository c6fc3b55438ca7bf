import type { ByteSink, OpenFiles } from '../../src/devices/device.ts';
import type { ByteSource } from '../../src/elements/byte-source.ts';
import { byteLength, type Dtype } from '../../src/dtype.ts';
import type { Chunk } from '../../src/plan/chunks/chunk.ts';

/** A source over bytes in memory. */
export function memoryInput(bytes: Uint8Array, label = 'memory'): ByteSource {
  return {
    label,
    fd: undefined,
    async read(target, position) {
      target.set(bytes.subarray(position, position + target.length));
    },
  };
}

/** A sink that keeps what is written, from position 0 on. */
export function memoryOutput(bytes: Uint8Array): ByteSink {
  return {
    label: 'memory',
    fd: -1,
    async write(source, position) {
      bytes.set(source, position);
    },
  };
}

/** A weighted sum of whole files 0, 1, ... into file 0, as one tensor named "t". */
export function sumChunk(dtype: Dtype, elements: number, weights: readonly number[]): Chunk {
  return {
    kernel: 'weighted_sum',
    elements,
    inputs: weights.map((_, file) => ({ dtype, ranges: [{ file, begin: 0, end: byteLength(dtype, elements) }] })),
    outputs: [{ dtype, file: 0, begin: 0, weights }],
    onOverflow: 'inf',
    tensors: [{ name: 't', end: elements }],
  };
}

/** Inputs and outputs in memory. */
export function memoryFiles(inputs: readonly Uint8Array[], outputs: readonly Uint8Array[]): OpenFiles {
  return { inputs: inputs.map((bytes) => memoryInput(bytes)), outputs: outputs.map(memoryOutput) };
}
