import { type Encoding, encodedBytes, type LowRankEncoding, Q8_BLOCK, Q8_BLOCK_BYTES, scaleRuns } from './encoding.ts';
import { type ByteBounds, readRanges, readWhole } from './byte-range.ts';
import { byteLength, type Dtype, DTYPES } from '../dtype.ts';
import { SwizzleError } from '../errors.ts';
import { decodeScales, elementReader } from './decode.ts';
import { blockOf, fillPanels, leftRows, PANEL, panelElements } from './low-rank.ts';

/** A tensor as it is stored: elements of `dtype`, or what `encoding` says. */
export interface StoredTensor<Range extends ByteBounds> {
  readonly dtype: Dtype;
  readonly ranges: readonly Range[];
  readonly encoding?: Encoding<StoredTensor<Range>> | undefined;
}

/** Fills a piece of memory from byte `position` of a range's file on. */
export type ReadRange<Range> = (range: Range, target: Uint8Array, position: number) => Promise<void> | undefined;

/** A tensor's values, block by block, from whatever they are stored as. */
export interface ValueReader {
  /** Of the blocks that `read` gives. */
  readonly dtype: Dtype;
  /** `elements` elements from element `first` on, a multiple of 32. The block is the reader's own, good until the next one. */
  read(first: number, elements: number): Promise<Uint8Array>;
}

/** Opens a tensor; reads its scales, where it has some. */
export async function openValues<Range extends ByteBounds>(
  { dtype, ranges, encoding }: StoredTensor<Range>,
  readRange: ReadRange<Range>,
): Promise<ValueReader> {
  let block = new Uint8Array();
  const stored = async (first: number, elements: number): Promise<Uint8Array> => {
    const begin = encodedBytes(encoding, dtype, first);
    const length = encodedBytes(encoding, dtype, first + elements) - begin;
    if (block.byteLength < length) block = new Uint8Array(length);
    const target = block.subarray(0, length);
    await readRanges(ranges, target, begin, readRange);
    return target;
  };
  if (encoding === undefined) return { dtype, read: stored };
  if (encoding.kind === 'q8_0') {
    return { dtype: 'F32', read: async (first, elements) => decodeQ8(await stored(first, elements), elements) };
  }
  if (encoding.kind === 'low_rank') return openLowRank(dtype, ranges, encoding, readRange);
  if (encoding.kind === 'shifted') {
    return { dtype: 'F32', read: async (first, elements) => shift(dtype, await stored(first, elements), encoding.by) };
  }
  if (encoding.kind === 'sum')
    throw new SwizzleError('internal', 'results of earlier documents are made on lanes alone');
  const { scales } = encoding;
  const factors = decodeScales(scales.dtype, await readWhole(scales.ranges, readRange));
  return {
    dtype: 'F32',
    async read(first, elements) {
      const value = elementReader(dtype, await stored(first, elements));
      const values = new Float32Array(elements);
      for (const { begin, end, scale } of scaleRuns(encoding, first, first + elements)) {
        const factor = factors[scale] ?? NaN;
        for (let at = begin; at < end; at++) values[at - first] = value(at - first) * factor;
      }
      return new Uint8Array(values.buffer);
    },
  };
}

function shift(dtype: Dtype, bytes: Uint8Array, by: number): Uint8Array {
  const value = elementReader(dtype, bytes);
  const values = Float32Array.from({ length: bytes.byteLength / DTYPES[dtype].bytes }, (_, at) => value(at) + by);
  return new Uint8Array(values.buffer);
}

function decodeQ8(bytes: Uint8Array, elements: number): Uint8Array {
  const values = new Float32Array(elements);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let block = 0; block * Q8_BLOCK < elements; block++) {
    const at = block * Q8_BLOCK_BYTES;
    const scale = elementReader(SCALE, bytes.subarray(at, at + DTYPES[SCALE].bytes))(0);
    for (let i = 0; i < Q8_BLOCK; i++) values[block * Q8_BLOCK + i] = scale * view.getInt8(at + 2 + i);
  }
  return new Uint8Array(values.buffer);
}

const SCALE: Dtype = 'F16';

/** The values of a matrix with an adapter over it, row by row: as the devices compute them, but slowly. */
async function openLowRank<Range extends ByteBounds>(
  dtype: Dtype,
  ranges: readonly Range[],
  encoding: LowRankEncoding<StoredTensor<Range>>,
  readRange: ReadRange<Range>,
): Promise<ValueReader> {
  const { rows, columns, rank, lengths, columnFactors } = encoding;
  const whole = async (stored: StoredTensor<Range>) => {
    return { dtype: stored.dtype, bytes: await readWhole(stored.ranges, readRange) };
  };
  const left = leftRows(encoding, await whole(encoding.left), 0, rows);
  const storedRight = await whole(encoding.right);
  const rights = Array.from({ length: blockOf(encoding, rows - 1) + 1 }, (_, block) => {
    const right = new Float32Array(panelElements(encoding));
    fillPanels(encoding, storedRight, right, block);
    return right;
  });
  const magnitude = lengths && (await whole(lengths.magnitude));
  const wanted = magnitude && decodeScales(magnitude.dtype, magnitude.bytes);
  const storedFactors = columnFactors && (await whole(columnFactors));
  const factors = storedFactors && decodeScales(storedFactors.dtype, storedFactors.bytes);
  const scale = Math.fround(encoding.scale);
  const rowAt = async (row: number): Promise<Float32Array> => {
    const stored = new Uint8Array(byteLength(dtype, columns));
    await readRanges(ranges, stored, row * stored.byteLength, readRange);
    const read = elementReader(dtype, stored);
    const right = rights[blockOf(encoding, row)] ?? new Float32Array();
    const values = Float32Array.from({ length: columns }, (_, column) => {
      let sum = 0;
      for (let r = 0; r < rank; r++) {
        const other = right[(Math.floor(column / PANEL) * rank + r) * PANEL + (column % PANEL)] ?? NaN;
        sum = Math.fround(sum + Math.fround((left[row * rank + r] ?? NaN) * other));
      }
      return Math.fround(read(column)) + Math.fround(scale * sum);
    });
    if (factors !== undefined) return values.map((value, column) => value * (factors[column] ?? NaN));
    if (wanted === undefined) return values;
    const length = Math.fround(Math.sqrt(values.reduce((total, value) => total + value * value, 0)));
    const factor = Math.fround((wanted[row] ?? NaN) / length);
    return values.map((value) => value * factor);
  };
  return {
    dtype: 'F32',
    async read(first, elements) {
      const values = new Float32Array(elements);
      for (let at = first; at < first + elements;) {
        const begin = at % columns;
        const end = Math.min(columns, begin + first + elements - at);
        values.set((await rowAt((at - begin) / columns)).subarray(begin, end), at - first);
        at += end - begin;
      }
      return new Uint8Array(values.buffer);
    },
  };
}
