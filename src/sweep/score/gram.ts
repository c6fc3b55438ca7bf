import type { ByteSource } from '../../device/device.ts';
import type { FileRange } from '../../checkpoint/header.ts';
import { readParts } from '../../checkpoint/read-parts.ts';
import { DTYPES, type FloatDtype } from '../../dtype.ts';
import { ResourceStack } from '../../resource-stack.ts';
import { blockDecoder, type DecodeBlock } from './decode-block.ts';

/** Where a tensor is: parts of files that are, one behind another, its elements. */
export interface TensorPlace {
  readonly dtype: FloatDtype;
  readonly parts: readonly PlacePart[];
}

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
  const sources = new Map<string, ByteSource>();
  const decoders = new Map<FloatDtype, DecodeBlock>();
  for (const { parts, dtype } of tasks.flatMap(({ places }) => places)) {
    for (const { path } of parts) if (!sources.has(path)) sources.set(path, stack.use(await open(path)));
    if (!decoders.has(dtype)) decoders.set(dtype, blockDecoder(dtype));
  }
  const most = Math.max(0, ...tasks.map(({ places }) => places.length));
  const raw = Array.from({ length: most }, () => new Uint8Array(BLOCK * 8));
  const values = Array.from({ length: most }, () => new Float64Array(BLOCK));
  for (const { name, elements, places } of tasks) {
    const n = places.length;
    const matrix = new Float64Array(n * n);
    for (let begin = 0; begin < elements; begin += BLOCK) {
      const count = Math.min(BLOCK, elements - begin);
      await Promise.all(
        places.map(async ({ parts, dtype }, index) => {
          const { bytes } = DTYPES[dtype];
          const block = raw[index]?.subarray(0, count * bytes) ?? new Uint8Array();
          await readParts(parts, block, begin * bytes, ({ path }, piece, at) =>
            sources.get(path)?.read(piece, at, signal),
          );
          decoders.get(dtype)?.(block, values[index] ?? new Float64Array());
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
