import { settleAll } from '../../settle-all.ts';
import { type ByteRange, rangeBytes } from '../../elements/byte-range.ts';
import type { Chunk, ChunkInput } from '../../plan/chunks/chunk.ts';
import { type WholeOperand, wholeOperands } from '../../plan/derived-operand.ts';
import { type OpenFiles, padded } from '../device.ts';
import type { RunRequest } from './protocol.ts';

/** Memory that the main thread fills and a lane's thread reads. */
export interface StagingMemory {
  /** Where staged inputs begin. */
  readonly begin: number;
  view(address: number, length: number): Uint8Array;
}

/** Whether a lane's inputs take staging memory: some are no local files. */
export function needsStaging({ inputs }: OpenFiles): boolean {
  return inputs.some(({ fd }) => fd === undefined);
}

/** Reads in the main thread what a lane's thread cannot read itself. */
export class Staging {
  readonly #files: OpenFiles;
  readonly #memory: StagingMemory;

  constructor(files: OpenFiles, memory: StagingMemory) {
    this.#files = files;
    this.#memory = memory;
  }

  /** A chunk and what the main thread has read for it. The previous request must have been answered. */
  async request(chunk: Chunk, signal?: AbortSignal): Promise<RunRequest> {
    const staged = await this.#stage(chunk.inputs, signal);
    const auxiliary: (Uint8Array | undefined)[][] = [];
    for (const { derive } of chunk.inputs) {
      const own: (Uint8Array | undefined)[] = [];
      for (const whole of wholeOperands(derive, chunk.elements)) {
        own.push(this.#isReadByThread(whole.ranges) ? undefined : await this.#readWhole(whole, signal));
      }
      auxiliary.push(own);
    }
    return { chunk, staged, auxiliary };
  }

  /** Reads inputs that are not local files into the memory; returns their addresses. */
  async #stage(inputs: readonly ChunkInput[], signal?: AbortSignal): Promise<(number | undefined)[]> {
    const reads: Promise<void>[] = [];
    let next = this.#memory.begin;
    const staged = inputs.map((input) => {
      if (this.#isReadByThread(input.ranges)) return undefined;
      const address = next;
      next += padded(rangeBytes(input.ranges));
      reads.push(this.#readRanges(input, address, signal));
      return address;
    });
    // All must be over before the memory is used again or an error is thrown.
    await settleAll(reads);
    return staged;
  }

  #isReadByThread(ranges: readonly ByteRange[]): boolean {
    return ranges.every(({ file }) => this.#files.inputs[file]?.fd !== undefined);
  }

  /** What a derivation needs in addition to its operand. Small: it goes to the thread by message. */
  async #readWhole({ ranges }: WholeOperand, signal?: AbortSignal): Promise<Uint8Array> {
    const bytes = new Uint8Array(rangeBytes(ranges));
    let at = 0;
    for (const { file, begin, end } of ranges) {
      const length = end - begin;
      await this.#files.inputs[file]?.read(bytes.subarray(at, at + length), begin, signal);
      at += length;
    }
    return bytes;
  }

  async #readRanges({ ranges }: ChunkInput, address: number, signal?: AbortSignal): Promise<void> {
    let at = address;
    for (const { file, begin, end } of ranges) {
      const length = end - begin;
      signal?.throwIfAborted();
      await this.#files.inputs[file]?.read(this.#memory.view(at, length), begin, signal);
      at += length;
    }
  }
}
