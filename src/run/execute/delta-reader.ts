import type { ByteSource } from '../../devices/device.ts';
import { byteLength, type FloatDtype, isFloat } from '../../dtype.ts';
import { SwizzleError } from '../../errors.ts';
import type { ForwardMemory, LoadRange } from '../../matrix/device.ts';
import type { Dense } from '../../matrix/steps/workspace.ts';
import type { ChunkInput } from '../../plan/chunks/chunk.ts';
import { cutRanges } from '../../plan/chunks/ranges.ts';
import type { TensorTask } from '../../plan/tasks.ts';

/** Elements of base and input that are read at once. */
const PIECE = 1 << 21;

/** Memory for a piece of one operand. */
export const DELTA_STAGING_BYTES: number = PIECE * 4 + 256;

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
    const operands = [this.#task.inputs[input], this.#task.inputs[0]];
    const elements = out.rows * out.columns;
    for (let first = 0; first < elements; first += PIECE) {
      const count = Math.min(PIECE, elements - first);
      const places = operands.map((operand, at) => ({
        address: this.#staging + at * DELTA_STAGING_BYTES,
        dtype: plainDtype(operand, this.#task.name),
      }));
      const loads = operands.flatMap((operand, at) => this.#loads(operand, places[at]?.address ?? 0, first, count));
      await this.#memory.load(loads, this.#signal);
      const to = out.address + first * 4;
      await this.#memory.run(
        [
          {
            kind: 'shared',
            ops: [{ op: 'merge', inputs: places, weights: [1, -1], out: to, dtype: 'F32', elements: count }],
          },
        ],
        this.#signal,
      );
    }
    if (weight === 1) return;
    const op = { op: 'combine', x: out.address, y: out.address, a: weight, b: 0, elements } as const;
    await this.#memory.run([{ kind: 'shared', ops: [op] }], this.#signal);
  }

  #loads(operand: ChunkInput | undefined, address: number, first: number, count: number): LoadRange[] {
    if (operand === undefined) return [];
    let at = address;
    const { dtype, ranges } = operand;
    return cutRanges(ranges, byteLength(dtype, first), byteLength(dtype, first + count)).map(
      ({ file, begin, length }) => {
        const source = this.#files[file];
        if (source === undefined) throw new SwizzleError('internal', `input file ${file} is not open`);
        const load = { source, begin, length, address: at };
        at += length;
        return load;
      },
    );
  }
}

function plainDtype(operand: ChunkInput | undefined, name: string): FloatDtype {
  if (operand !== undefined && operand.derive === undefined && isFloat(operand.dtype) && operand.dtype !== 'F64') {
    return operand.dtype;
  }
  throw new SwizzleError('checkpoint', `tensor ${name}: ${operand?.dtype} in this form is not read as a matrix yet`);
}
