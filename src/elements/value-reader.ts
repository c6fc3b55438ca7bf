import { type Encoding, encodedBytes, Q8_BLOCK, Q8_BLOCK_BYTES, scaleRuns } from './encoding.ts';
import type { FileRange } from '../models/checkpoint/header/header.ts';
import { readParts } from '../models/checkpoint/header/read-parts.ts';
import { type Dtype, DTYPES } from '../dtype.ts';
import { SwizzleError } from '../errors.ts';
import { elementReader } from './decode.ts';
import { decodeScales } from './decode-scales.ts';
import { openLowRank } from './low-rank-reader.ts';
import { readWhole } from './read-whole.ts';

/** A tensor as it is stored: elements of `dtype`, or what `encoding` says. */
export interface StoredTensor<Part extends FileRange> {
  readonly dtype: Dtype;
  readonly parts: readonly Part[];
  readonly encoding?: Encoding<StoredTensor<Part>> | undefined;
}

/** Fills a piece of memory from byte `position` of a part's file on. */
export type ReadPart<Part> = (part: Part, target: Uint8Array, position: number) => Promise<void> | undefined;

/** A tensor's values, block by block, from whatever they are stored as. */
export interface ValueReader {
  /** Of the blocks that `read` gives. */
  readonly dtype: Dtype;
  /** `elements` elements from element `first` on, a multiple of 32. The block is the reader's own, good until the next one. */
  read(first: number, elements: number): Promise<Uint8Array>;
}

/** Opens a tensor; reads its scales, where it has some. */
export async function openValues<Part extends FileRange>(
  { dtype, parts, encoding }: StoredTensor<Part>,
  readPart: ReadPart<Part>,
): Promise<ValueReader> {
  let block = new Uint8Array();
  const stored = async (first: number, elements: number): Promise<Uint8Array> => {
    const begin = encodedBytes(encoding, dtype, first);
    const length = encodedBytes(encoding, dtype, first + elements) - begin;
    if (block.byteLength < length) block = new Uint8Array(length);
    const target = block.subarray(0, length);
    await readParts(parts, target, begin, readPart);
    return target;
  };
  if (encoding === undefined) return { dtype, read: stored };
  if (encoding.kind === 'q8_0') {
    return { dtype: 'F32', read: async (first, elements) => decodeQ8(await stored(first, elements), elements) };
  }
  if (encoding.kind === 'low_rank') return openLowRank(dtype, parts, encoding, readPart);
  if (encoding.kind === 'shifted') {
    return { dtype: 'F32', read: async (first, elements) => shift(dtype, await stored(first, elements), encoding.by) };
  }
  if (encoding.kind === 'sum')
    throw new SwizzleError('internal', 'results of earlier documents are made on lanes alone');
  const { scales } = encoding;
  const factors = decodeScales(scales.dtype, await readWhole(scales.parts, readPart));
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
