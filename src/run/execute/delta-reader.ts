import { cutRanges } from '../../elements/byte-range.ts';
import type { ByteSource } from '../../elements/byte-source.ts';
import { decodeScales } from '../../elements/decode.ts';
import { openValues } from '../../elements/value-reader.ts';
import { byteLength, type FloatDtype, isFloat } from '../../dtype.ts';
import { SwizzleError } from '../../errors.ts';
import type { ForwardMemory } from '../../matrix/device.ts';
import type { Dense } from '../../matrix/steps/workspace.ts';
import type { ChunkInput } from '../../plan/chunks/chunk.ts';
import type { TensorTask } from '../../plan/tasks.ts';

/** Elements of base and input that are read at once. */
const PIECE = 1 << 21;

/** Memory for a piece of one operand. */
export const DELTA_STAGING_BYTES: number = PIECE * 4 + 512;

/** Brings elements [first, first + count) of an operand to its place in memory, and says as what they are there. */
type ReadPiece = (first: number, count: number) => Promise<{ address: number; dtype: FloatDtype }>;

/** Reads differences of a tensor's inputs into a memory, piece by piece. */
export class DeltaReader {
  readonly #memory: ForwardMemory;
  readonly #staging: number;
  readonly #task: TensorTask;
  readonly #files: readonly ByteSource[];
  readonly #signal: AbortSignal;

  /** @param staging address of room for two pieces */
  constructor(
    memory: ForwardMemory,
    staging: number,
    task: TensorTask,
    files: readonly ByteSource[],
    signal: AbortSignal,
  ) {
    this.#memory = memory;
    this.#staging = Math.ceil(staging / 256) * 256;
    this.#task = task;
    this.#files = files;
    this.#signal = signal;
  }

  /** out = weight · (input − input 0), rounded to f32 before it is weighted. @throws SwizzleError 'io', 'device' */
  async read(input: number, weight: number, out: Dense): Promise<void> {
    const [readInput, readBase] = [await this.#open(input, 0), await this.#open(0, 1)];
    const elements = out.rows * out.columns;
    for (let first = 0; first < elements; first += PIECE) {
      const count = Math.min(PIECE, elements - first);
      const inputs = [await readInput(first, count), await readBase(first, count)];
      const to = out.address + first * 4;
      const op = { op: 'merge', inputs, weights: [1, -1], out: to, dtype: 'F32', elements: count } as const;
      await this.#memory.run([{ kind: 'shared', ops: [op] }], this.#signal);
    }
    if (weight === 1) return;
    const op = { op: 'combine', x: out.address, y: out.address, a: weight, b: 0, elements } as const;
    await this.#memory.run([{ kind: 'shared', ops: [op] }], this.#signal);
  }

  async #open(input: number, place: number): Promise<ReadPiece> {
    const operand = this.#task.inputs[input];
    if (operand === undefined) throw new SwizzleError('internal', `tensor ${this.#task.name} has no input ${input}`);
    const address = this.#staging + place * DELTA_STAGING_BYTES;
    const { dtype } = operand;
    return operand.derive === undefined && isFloat(dtype) && dtype !== 'F64'
      ? this.#stored(operand, dtype, address)
      : this.#derived(operand, address);
  }

  /** Reads bytes as they are. */
  #stored({ ranges }: ChunkInput, dtype: FloatDtype, address: number): ReadPiece {
    return async (first, count) => {
      let at = address;
      const cut = cutRanges(ranges, byteLength(dtype, first), byteLength(dtype, first + count));
      const loads = cut.map((range) => {
        const load = { file: this.#file(range.file), begin: range.begin, end: range.end, address: at };
        at += range.end - range.begin;
        return load;
      });
      await this.#memory.load(loads, this.#signal);
      return { address, dtype };
    };
  }

  /** Decodes what is stored with scales or under an adapter, and F64. */
  async #derived({ dtype, ranges, derive }: ChunkInput, address: number): Promise<ReadPiece> {
    const stored = { dtype, ranges, encoding: derive?.encoding };
    const reader = await openValues(stored, (range, target, position) =>
      this.#file(range.file).read(target, position, this.#signal),
    );
    return async (first, count) => {
      const values = decodeScales(reader.dtype, await reader.read(first, count));
      await this.#memory.write(address, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      return { address, dtype: 'F32' };
    };
  }

  #file(number: number): ByteSource {
    const file = this.#files[number];
    if (file === undefined) throw new SwizzleError('internal', `input file ${number} is not open`);
    return file;
  }
}
