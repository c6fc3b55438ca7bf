import type { LowRankEncoding } from './encoding.ts';
import type { FileRange } from '../models/checkpoint/header/header.ts';
import { readParts } from '../models/checkpoint/header/read-parts.ts';
import { byteLength, type Dtype } from '../dtype.ts';
import { decodeScales } from './decode-scales.ts';
import { elementReader } from './decode.ts';
import { fillPanels, leftRows, PANEL, panelElements } from './low-rank.ts';
import { readWhole } from './read-whole.ts';
import type { ReadPart, StoredTensor, ValueReader } from './value-reader.ts';

/** The values of a matrix with an adapter over it, row by row: as the devices compute them, but slowly. */
export async function openLowRank<Part extends FileRange>(
  dtype: Dtype,
  parts: readonly Part[],
  encoding: LowRankEncoding<StoredTensor<Part>>,
  readPart: ReadPart<Part>,
): Promise<ValueReader> {
  const { rows, columns, rank, lengths } = encoding;
  const whole = async (stored: StoredTensor<Part>) => {
    return { dtype: stored.dtype, bytes: await readWhole(stored.parts, readPart) };
  };
  const left = leftRows(encoding, await whole(encoding.left), 0, rows);
  const right = new Float32Array(panelElements(encoding));
  fillPanels(encoding, await whole(encoding.right), right);
  const magnitude = lengths && (await whole(lengths.magnitude));
  const wanted = magnitude && decodeScales(magnitude.dtype, magnitude.bytes);
  const scale = Math.fround(encoding.scale);
  const rowAt = async (row: number): Promise<Float32Array> => {
    const stored = new Uint8Array(byteLength(dtype, columns));
    await readParts(parts, stored, row * stored.byteLength, readPart);
    const read = elementReader(dtype, stored);
    const values = Float32Array.from({ length: columns }, (_, column) => {
      let sum = 0;
      for (let r = 0; r < rank; r++) {
        const other = right[(Math.floor(column / PANEL) * rank + r) * PANEL + (column % PANEL)] ?? NaN;
        sum = Math.fround(sum + Math.fround((left[row * rank + r] ?? NaN) * other));
      }
      return Math.fround(read(column)) + Math.fround(scale * sum);
    });
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
