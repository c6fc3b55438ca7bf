import type { MadeRow, MadeRows } from '../checkpoint/made-rows.ts';
import { elementReader } from '../../elements/decode.ts';
import { encodeElements } from '../../elements/encode.ts';
import type { ByteSource, OpenSource } from '../../elements/byte-source.ts';
import { byteLength, type Dtype } from '../../dtype.ts';
import { SwizzleError } from '../../errors.ts';
import { ResourceStack } from '../../resource-stack.ts';

/** Bytes of a stored tensor that are read at once for a mean over many rows. */
const BLOCK_BYTES = 4 * 2 ** 20;

/** Rows made from more than this many stored ones are kept once made: the mean of a whole embedding fills many rows. */
const KEEP_ABOVE = 64;

/**
 * A source of rows that no file holds: each is made when it is read, so that memory stays flat.
 * @param open opens a file that rows are made from; closed with the source
 */
export async function openMadeRows(
  label: string,
  made: MadeRows,
  open: (path: string) => Promise<OpenSource>,
): Promise<OpenSource> {
  const stack = new ResourceStack();
  const sources = new Map<string, ByteSource>();
  try {
    for (const path of new Set(made.rows.flatMap((row) => row.map((run) => run.path)))) {
      sources.set(path, stack.use(await open(path)));
    }
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
  const sourceOf = (path: string): ByteSource | undefined => sources.get(path);
  const rowBytes = byteLength(made.dtype, made.rowElements);
  const kept = new Map<number, Promise<Uint8Array>>();
  const make = async (row: MadeRow, signal: AbortSignal | undefined): Promise<Uint8Array> => {
    return encodeElements(made.dtype, await sumRows(row, made.rowElements, sourceOf, signal));
  };
  const rowAt = async (index: number, signal: AbortSignal | undefined): Promise<Uint8Array> => {
    const row = made.rows[index];
    if (row === undefined) throw new SwizzleError('internal', `${label}: has no row ${index}`);
    const stored = row.reduce((sum, { rows }) => sum + rows, 0);
    if (stored <= KEEP_ABOVE) return make(row, signal);
    const known = kept.get(index) ?? make(row, signal);
    kept.set(index, known);
    return known;
  };
  return {
    label,
    fd: undefined,
    async read(target, position, signal) {
      for (let done = 0; done < target.byteLength;) {
        const index = Math.floor((position + done) / rowBytes);
        const from = position + done - index * rowBytes;
        const bytes = (await rowAt(index, signal)).subarray(from, from + target.byteLength - done);
        target.set(bytes, done);
        done += bytes.byteLength;
      }
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

/** Σ over the runs of weight × the sum of the run's rows, in f64. */
async function sumRows(
  row: MadeRow,
  elements: number,
  sourceOf: (path: string) => ByteSource | undefined,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const sum = new Float64Array(elements);
  for (const { path, begin, dtype, rows, weight } of row) {
    const source = sourceOf(path);
    if (source === undefined) throw new SwizzleError('internal', `${path}: is no open input`, { details: { path } });
    const rowBytes = byteLength(dtype, elements);
    const step = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
    for (let first = 0; first < rows; first += step) {
      const count = Math.min(step, rows - first);
      const block = new Uint8Array(count * rowBytes);
      await source.read(block, begin + first * rowBytes, signal);
      addRows(sum, dtype, block, count, weight);
    }
  }
  return sum;
}

function addRows(sum: Float64Array, dtype: Dtype, block: Uint8Array, rows: number, weight: number): void {
  const at = elementReader(dtype, block);
  const elements = sum.length;
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < elements; i++) sum[i] = (sum[i] ?? 0) + weight * at(row * elements + i);
  }
}
