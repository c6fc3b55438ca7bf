import { rangeBytes } from '../../../elements/byte-range.ts';
import { storedBytes, wholeOperands } from '../../../plan/derived-operand.ts';
import { derivedInput, type DerivedInput } from '../run/derive.ts';
import { RangeReader } from '../../thread/file-io.ts';
import type { Kernels } from '../kernels.ts';
import type { MemoryLayout } from './memory-layout.ts';
import type { RunRequest, WorkerFile } from '../../thread/protocol.ts';

/** Where inputs are put, and the table that says so. */
export type InputPlaces = Pick<MemoryLayout, 'inputTable' | 'inputs' | 'stored'>;

/** Brings a chunk's inputs into a lane's memory, sub-block by sub-block from front to back. */
export class InputReader {
  readonly #request: RunRequest;
  readonly #layout: InputPlaces;
  readonly #kernels: Kernels;
  readonly #memory: Uint8Array;
  readonly #readers: readonly RangeReader[];
  readonly #derived: readonly (DerivedInput | undefined)[];

  constructor(
    request: RunRequest,
    layout: InputPlaces,
    kernels: Kernels,
    memory: Uint8Array,
    files: readonly WorkerFile[],
  ) {
    this.#request = request;
    this.#layout = layout;
    this.#kernels = kernels;
    this.#memory = memory;
    const { inputs } = request.chunk;
    kernels.releaseArea();
    this.#readers = inputs.map(({ ranges }) => new RangeReader(ranges, files));
    this.#derived = inputs.map((input, i) =>
      derivedInput(input, request.chunk.elements, this.#auxiliary(i, files), kernels, files),
    );
  }

  /** What the derivation of an input needs beside it. */
  #auxiliary(index: number, files: readonly WorkerFile[]): Uint8Array[] {
    const { chunk, auxiliary } = this.#request;
    return wholeOperands(chunk.inputs[index]?.derive, chunk.elements).map(({ ranges }, at) => {
      const sent = auxiliary[index]?.[at];
      if (sent !== undefined) return sent;
      const bytes = new Uint8Array(rangeBytes(ranges));
      new RangeReader(ranges, files).read(bytes, 0, bytes.length);
      return bytes;
    });
  }

  /** Reads elements [begin, end) as they are stored. What the main thread has put into memory stays where it is. */
  read(begin: number, end: number): void {
    const { chunk, staged } = this.#request;
    for (const [i, input] of chunk.inputs.entries()) {
      const address = staged[i];
      if (address === undefined) {
        const target = this.#layout.stored[i] ?? this.#layout.inputs[i] ?? 0;
        this.#readers[i]?.read(this.#memory, target, storedBytes(input, end) - storedBytes(input, begin));
      } else if (input.derive === undefined) {
        this.#kernels.moveInput(this.#layout, i, address + storedBytes(input, begin));
      }
    }
  }

  /** Derives elements [begin, end) of the inputs that are not what is stored. */
  derive(begin: number, end: number): void {
    for (const [i, derived] of this.#derived.entries()) {
      const input = this.#request.chunk.inputs[i];
      if (derived === undefined || input === undefined) continue;
      const address = this.#request.staged[i];
      const source = address === undefined ? this.#layout.stored[i] : address + storedBytes(input, begin);
      derived(source ?? 0, this.#layout.inputs[i] ?? 0, begin, end);
    }
  }
}
