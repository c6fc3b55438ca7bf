import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** Inputs in memory, and one output in a file that has no name any more. */
export function scratchFiles(inputs: readonly Uint8Array[]): OpenFiles & Disposable & { written(): Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'swizzle-output-'));
  const fd = openSync(join(folder, 'output'), 'w+');
  rmSync(folder, { recursive: true });
  const write = async (source: Uint8Array, position: number): Promise<void> => {
    writeSync(fd, source, 0, source.length, position);
  };
  return {
    inputs: inputs.map((bytes) => memoryInput(bytes)),
    outputs: [{ label: 'output', fd, write }],
    written() {
      const bytes = Buffer.alloc(fstatSync(fd).size);
      readSync(fd, bytes, 0, bytes.length, 0);
      return bytes;
    },
    [Symbol.dispose]: () => closeSync(fd),
  };
}

/** The f32 values of bytes. */
export function floatsOf(bytes: Uint8Array): number[] {
  return [...new Float32Array(new Uint8Array(bytes).buffer)];
}
