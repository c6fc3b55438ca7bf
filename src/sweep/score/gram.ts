import type { ByteSource } from '../../device/device.ts';
import type { FileRange } from '../../checkpoint/header/header.ts';
import { openValues, type ReadPart, type StoredTensor, type ValueReader } from '../../compare/value-reader.ts';
import { type Dtype, isFloat } from '../../dtype.ts';
import { ResourceStack } from '../../resource-stack.ts';
import { blockDecoder, type DecodeBlock } from './decode-block.ts';

/** A float tensor as it is stored, in parts of files. */
export type TensorPlace = StoredTensor<PlacePart>;

/** Bytes [begin, end) of a file. */
export interface PlacePart extends FileRange {
  readonly path: string;
}

/** The same tensor in several places. */
export interface GramTask {
  readonly name: string;
  readonly elements: number;
  readonly places: readonly TensorPlace[];
}

/** Inner products of a tensor's versions: `matrix[i * n + j]` = x_i · x_j, in f64. */
export interface TensorGram {
  readonly name: string;
  readonly n: number;
  readonly matrix: Float64Array;
}

/** Opens a file to be read, and closed afterwards. */
export type OpenPath = (path: string) => Promise<ByteSource & AsyncDisposable>;

/** Elements read at once of each version: they stay in the cache while all products are taken. */
const BLOCK = 1 << 15;

/** One read of every place, block by block; memory does not grow with the tensors. */
export async function* grams(
  tasks: readonly GramTask[],
  open: OpenPath,
  signal: AbortSignal,
): AsyncGenerator<TensorGram> {
  await using stack = new ResourceStack();
  const sources = new Map<string, Promise<ByteSource>>();
  const decoders = new Map<Dtype, DecodeBlock>();
  const decoderOf = (dtype: Dtype): DecodeBlock | undefined => {
    if (!decoders.has(dtype) && isFloat(dtype)) decoders.set(dtype, blockDecoder(dtype));
    return decoders.get(dtype);
  };
  const readPart: ReadPart<PlacePart> = async ({ path }, target, at) => {
    const source = sources.get(path) ?? open(path).then((opened) => stack.use(opened));
    sources.set(path, source);
    await (await source).read(target, at, signal);
  };
  const most = Math.max(0, ...tasks.map(({ places }) => places.length));
  const values = Array.from({ length: most }, () => new Float64Array(BLOCK));
  for (const { name, elements, places } of tasks) {
    const n = places.length;
    const matrix = new Float64Array(n * n);
    const readers: ValueReader[] = [];
    for (const place of places) readers.push(await openValues(place, readPart));
    for (let begin = 0; begin < elements; begin += BLOCK) {
      const count = Math.min(BLOCK, elements - begin);
      await Promise.all(
        readers.map(async (reader, index) => {
          const block = await reader.read(begin, count);
          decoderOf(reader.dtype)?.(block, values[index] ?? new Float64Array());
        }),
      );
      addProducts(matrix, values, n, count);
    }
    yield { name, n, matrix };
  }
}

function addProducts(matrix: Float64Array, values: readonly Float64Array[], n: number, count: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      const product = dot(values[i] ?? new Float64Array(), values[j] ?? new Float64Array(), count);
      matrix[i * n + j] = (matrix[i * n + j] ?? 0) + product;
      if (i !== j) matrix[j * n + i] = (matrix[j * n + i] ?? 0) + product;
    }
  }
}

/** Four sums at once, so that one addition need not wait for the other. */
function dot(a: Float64Array, b: Float64Array, count: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const whole = count - (count % 4);
  for (let i = 0; i < whole; i += 4) {
    s0 += (a[i] ?? 0) * (b[i] ?? 0);
    s1 += (a[i + 1] ?? 0) * (b[i + 1] ?? 0);
    s2 += (a[i + 2] ?? 0) * (b[i + 2] ?? 0);
    s3 += (a[i + 3] ?? 0) * (b[i + 3] ?? 0);
  }
  for (let i = whole; i < count; i++) s0 += (a[i] ?? 0) * (b[i] ?? 0);
  return s0 + s1 + (s2 + s3);
}
