import type { ChunkPart } from '../../src/plan/chunks/chunk.ts';
import type { Cutoff, Keep, SelectionValue } from '../../src/plan/kernel/statistics.ts';
import { randomDraw, randomWord } from './reference-random.ts';

// Which elements of task vectors are kept, by definition. All values are f32.

const { fround } = Math;

/** Operands of a chunk as f32: [input][element]. */
export type Operands = readonly Float32Array[];

/** f32 bits without sign. */
export function magnitudeBits(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return view.getUint32(0) & 0x7fffffff;
}

export function difference(operands: Operands, input: number, index: number): number {
  return fround((operands[input]?.[index] ?? NaN) - (operands[0]?.[index] ?? NaN));
}

/** The row of the tensor that an element of the chunk lies in. */
export function rowOf(part: ChunkPart, index: number): number {
  return Math.floor((part.first + index) / part.rowLength);
}

/** Population variance across all differences. */
export function spread(operands: Operands, index: number): number {
  const deltas = operands.slice(1).map((_, i) => difference(operands, i + 1, index));
  const sum = (values: number[]): number => values.reduce((total, value) => fround(total + value), 0);
  const mean = fround(sum(deltas) / deltas.length);
  const squares = deltas.map((delta) => {
    const away = fround(delta - mean);
    return fround(away * away);
  });
  return fround(sum(squares) / deltas.length);
}

/** The value of an element by which elements are selected. */
export function selectionValue(
  value: SelectionValue,
  operands: Operands,
  part: ChunkPart,
  input: number,
  index: number,
): number {
  switch (value.kind) {
    case 'difference':
      return Math.abs(difference(operands, input, index));
    case 'spread':
      return spread(operands, index);
    case 'importance':
      return fround(Math.abs(difference(operands, 1, index)) * (value.rows[rowOf(part, index)] ?? NaN));
  }
}

function isWithin(cutoff: Cutoff, value: number, element: number): boolean {
  const bits = magnitudeBits(value);
  return bits > cutoff.bits || (bits === cutoff.bits && element < cutoff.index);
}

/** Ranks of |δ| in each row of the chunk, from 0, equal ones by index. */
export function ranksOf(operands: Operands, part: ChunkPart, input: number): Int32Array {
  const elements = operands[0]?.length ?? 0;
  const ranks = new Int32Array(elements);
  const bits = Array.from({ length: elements }, (_, i) => magnitudeBits(difference(operands, input, i)));
  for (let row = 0; row < elements; row += part.rowLength) {
    const order = Array.from({ length: Math.min(part.rowLength, elements - row) }, (_, i) => row + i);
    order.sort((a, b) => (bits[a] ?? 0) - (bits[b] ?? 0) || a - b);
    for (const [rank, index] of order.entries()) ranks[index] = rank;
  }
  return ranks;
}

/** Says of each element of the chunk whether it is kept. */
export function keeper(keep: Keep, operands: Operands, part: ChunkPart, input: number): (index: number) => boolean {
  switch (keep.kind) {
    case 'all':
      return () => true;
    case 'none':
      return () => false;
    case 'band':
      return (index) => {
        const value = difference(operands, input, index);
        const element = part.first + index;
        const outside = keep.outside !== undefined && isWithin(keep.outside, value, element);
        return isWithin(keep.inside, value, element) && !outside;
      };
    case 'spread':
      return (index) => isWithin(keep.inside, spread(operands, index), part.first + index);
    case 'random':
      return (index) => randomDraw(keep.key, part.first + index) < keep.below;
    case 'ranked': {
      const ranks = ranksOf(operands, part, input);
      return (index) => {
        const share = part.rowLength === 1 ? 0 : (keep.range * (ranks[index] ?? NaN)) / (part.rowLength - 1);
        return randomWord(keep.key, part.first + index) < Math.floor((keep.least + share) * 2 ** 32);
      };
    }
  }
}
