import { DTYPES, type FloatDtype } from '../../src/dtype.ts';
import type { ChunkPart } from '../../src/plan/chunks/chunk.ts';
import type { Elementwise } from '../../src/plan/kernel/elementwise.ts';
import type { Statistic } from '../../src/plan/kernel/statistics.ts';
import type { LaneCase } from './lane-harness.ts';
import { FLOATS, specialElements, weightLike } from './special-values.ts';

const SPECIAL: ReadonlyMap<FloatDtype, Uint8Array> = new Map(FLOATS.map((dtype) => [dtype, specialElements(dtype)]));

/** A part of one tensor: what its inputs hold and where it lies. */
export interface PartOperands {
  readonly elements: number;
  readonly inputs: readonly { readonly dtype: FloatDtype; readonly bytes: Uint8Array }[];
  readonly part: ChunkPart;
}

/**
 * Inputs like weights; where `special`, with every kind of special value among those of all but the first. Differences to
 * the first input are small, as between fine-tuned models, and some are zero.
 */
export function partOperands(
  dtypes: readonly FloatDtype[],
  elements: number,
  part: Partial<ChunkPart> = {},
  special = false,
): PartOperands {
  const inputs = dtypes.map((dtype, i) => {
    const bytes = weightLike(dtype, elements, i === 2 ? 0 : i);
    if (special && i > 0) mix(dtype, bytes, i);
    return { dtype, bytes };
  });
  const whole = { first: 0, elements, rowLength: Math.max(1, elements), unit: 16_384 };
  return { elements, inputs, part: { ...whole, ...part } };
}

/** Puts special values at every fifth place or so. */
function mix(dtype: FloatDtype, bytes: Uint8Array, turn: number): void {
  const size = DTYPES[dtype].bytes;
  const values = SPECIAL.get(dtype) ?? new Uint8Array(0);
  const count = values.length / size;
  for (let index = turn; index * size < bytes.length; index += 5) {
    const from = ((index * 7919) % count) * size;
    bytes.set(values.subarray(from, from + size), index * size);
  }
}

export function elementwiseCase(
  { elements, inputs, part }: PartOperands,
  outputs: readonly { readonly dtype: FloatDtype; readonly elementwise: Elementwise }[],
  rest: Partial<LaneCase> = {},
): LaneCase {
  return {
    kernel: 'elementwise',
    elements,
    inputs,
    outputs: outputs.map((output) => ({ ...output, weights: [] })),
    part,
    onOverflow: 'inf',
    tensors: [{ name: 'one', end: elements }],
    pieces: 1,
    ...rest,
  };
}

export function statisticCase(
  { elements, inputs, part }: PartOperands,
  statistic: Statistic,
  rest: Partial<LaneCase> = {},
): LaneCase {
  return {
    kernel: 'statistic',
    elements,
    inputs,
    outputs: [],
    part,
    statistic,
    onOverflow: 'inf',
    tensors: [{ name: 'one', end: elements }],
    pieces: 1,
    ...rest,
  };
}
