import type { HeaderSource } from '../../src/models/checkpoint/header/header.ts';

/** Bytes in memory that remember how they were read. */
export class MemorySource implements HeaderSource {
  readonly label = 'memory';
  readonly bytes: Uint8Array;
  readonly reads: { position: number; length: number }[] = [];

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.byteLength;
  }

  async read(target: Uint8Array, position: number): Promise<void> {
    this.reads.push({ position, length: target.byteLength });
    target.set(this.bytes.subarray(position, position + target.byteLength));
  }
}
