import type { CheckpointTensor } from '../../models/checkpoint/checkpoint.ts';
import { elementCount } from '../../models/checkpoint/header/header.ts';
import { byteLength, type FloatDtype, isFloat } from '../../dtype.ts';
import { SwizzleError } from '../../errors.ts';
import type { ForwardDevice, ForwardMemory } from '../../matrix/device.ts';
import { type MatmulOp, SUM_ELEMENTS } from '../../matrix/ops.ts';
import type { MatrixProducts } from '../../matrix/low-rank/leading-part.ts';
import type { TensorPair } from './layer-pairs.ts';
import { openFloats, cutTensor, type SourceOf } from './stored-tensor.ts';

/** Elements of both models that are read at once. */
const PIECE = 1 << 22;

/** Of a matrix: half of what addresses of 32 bits reach. */
const MOST_ELEMENTS = 2 ** 29;

/** Byte addresses in the memory. */
interface Places {
  readonly difference: number;
  readonly base: number;
  readonly model: number;
  readonly vectors: number;
  readonly products: number;
  readonly sums: number;
  readonly end: number;
}

/** The open files of both models. */
export interface PairSources {
  readonly base: SourceOf;
  readonly model: SourceOf;
}

/** Memory for one tensor's difference between two models, in f32, and what threads compute of it. One tensor at a time. */
export class DifferenceMemory implements AsyncDisposable {
  readonly #memory: ForwardMemory;
  readonly #places: Places;
  readonly #sources: PairSources;
  readonly #signal: AbortSignal | undefined;

  /**
   * @param layers the matrices that products are wanted of
   * @param vectors most vectors that they are multiplied by
   * @throws SwizzleError 'space' where one of them is too large
   */
  static async make(
    device: ForwardDevice,
    layers: readonly TensorPair[],
    vectors: number,
    sources: PairSources,
    signal?: AbortSignal,
  ): Promise<DifferenceMemory> {
    let [elements, side] = [PIECE, 0];
    for (const { name, base } of layers) {
      const count = elementCount(base.shape);
      if (count > MOST_ELEMENTS) {
        const shape = base.shape.join(' × ');
        throw new SwizzleError(
          'space',
          `${name}: ${shape} elements of f32 are more than the cpu device takes at once`,
          {
            details: { tensor: name },
          },
        );
      }
      elements = Math.max(elements, count);
      side = Math.max(side, ...base.shape.map((size) => size * Math.min(vectors, ...base.shape)));
    }
    const places = layOut(elements, side);
    const needs = { bytes: places.end, windows: { begin: 0, step: 0, count: 0 }, longest: 0, headSize: 0 };
    return new DifferenceMemory(await device.allocate(needs), places, sources, signal);
  }

  private constructor(memory: ForwardMemory, places: Places, sources: PairSources, signal: AbortSignal | undefined) {
    this.#memory = memory;
    this.#places = places;
    this.#sources = sources;
    this.#signal = signal;
  }

  /**
   * Reads both tensors.
   * @param keep whether the whole difference stays, for `products`
   * @returns Σ (model − base)²
   * @throws SwizzleError 'io', 'device'
   */
  async load({ name, base, model }: TensorPair, keep: boolean): Promise<number> {
    const [readBase, readModel] = [await this.#reader(base, 'base'), await this.#reader(model, 'model')];
    const elements = elementCount(base.shape);
    const { difference, sums } = this.#places;
    let squares = 0;
    for (let first = 0; first < elements; first += PIECE) {
      const count = Math.min(PIECE, elements - first);
      const inputs = [await readModel(first, count), await readBase(first, count)];
      const out = difference + (keep ? first * 4 : 0);
      await this.#memory.run(
        [
          {
            kind: 'shared',
            ops: [
              { op: 'merge', inputs, weights: [1, -1], out, dtype: 'F32', elements: count },
              { op: 'squares', x: out, elements: count, out: sums },
            ],
          },
        ],
        this.#signal,
      );
      const found = await this.#memory.read(sums, Math.ceil(count / SUM_ELEMENTS) * 8);
      for (const sum of new Float64Array(found.buffer)) squares += sum;
    }
    if (Number.isFinite(squares)) return squares;
    throw new SwizzleError('mismatch', `${name}: holds NaN or an infinity, of which there is no difference`, {
      details: { tensor: name },
    });
  }

  /** Products of the matrix that was loaded last. */
  products(rows: number, columns: number): MatrixProducts {
    const { difference, vectors: x, products: out } = this.#places;
    const multiply = async (
      vectors: Float32Array<ArrayBuffer>,
      shape: Pick<MatmulOp, 'rows' | 'depth' | 'columns' | 'across'>,
    ): Promise<Float32Array> => {
      await this.#memory.write(x, new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength));
      const op: MatmulOp = { op: 'matmul', ...shape, x, w: difference, dtype: 'F32', bias: undefined, out, add: false };
      await this.#memory.run([{ kind: 'shared', ops: [op] }], this.#signal);
      return new Float32Array((await this.#memory.read(out, shape.rows * shape.columns * 4)).buffer);
    };
    return {
      rows,
      columns,
      times: (vectors, count) => multiply(vectors, { rows: count, depth: columns, columns: rows }),
      transposedTimes: (vectors, count) => multiply(vectors, { rows: count, depth: rows, columns, across: true }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#memory[Symbol.asyncDispose]();
  }

  /** A function that brings a piece of a tensor into memory, and says where and as what it is there. */
  async #reader(
    tensor: CheckpointTensor,
    from: keyof PairSources,
  ): Promise<(first: number, count: number) => Promise<{ address: number; dtype: FloatDtype }>> {
    const [address, sourceOf] = [this.#places[from], this.#sources[from]];
    const dtype = tensor.stored?.dtype ?? tensor.dtype;
    if (tensor.stored?.encoding === undefined && isFloat(dtype) && dtype !== 'F64') {
      return async (first, count) => {
        let at = address;
        const ranges = cutTensor(tensor, byteLength(dtype, first), byteLength(dtype, first + count));
        const loads = ranges.map(({ file, begin, end }) => {
          const load = { file: sourceOf(file), begin, end, address: at };
          at += end - begin;
          return load;
        });
        await this.#memory.load(loads, this.#signal);
        return { address, dtype };
      };
    }
    const read = await openFloats(tensor, sourceOf, this.#signal);
    return async (first, count) => {
      const values = await read(first, count);
      await this.#memory.write(address, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      return { address, dtype: 'F32' };
    };
  }
}

function layOut(elements: number, side: number): Places {
  let end = 0;
  const take = (bytes: number): number => {
    const begin = end;
    end += Math.ceil(bytes / 256) * 256 + 256;
    return begin;
  };
  return {
    difference: take(elements * 4),
    base: take(PIECE * 4),
    model: take(PIECE * 4),
    vectors: take(side * 4),
    products: take(side * 4),
    sums: take((PIECE / SUM_ELEMENTS) * 8),
    end,
  };
}
