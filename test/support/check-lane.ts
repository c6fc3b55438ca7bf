import { DTYPES, type FloatDtype, isFloat } from '../../src/dtype.ts';
import type { TensorCounts } from '../../src/plan/chunks/chunk.ts';
import type { LaneCase, LaneResult } from './lane-harness.ts';
import { convert, decode, type ReferenceOutput, spacing, weightedSum } from './reference.ts';

/** What a case gives by the reference. */
function expected({ kernel, elements, inputs, outputs, onOverflow }: LaneCase): ReferenceOutput[] {
  const operands = inputs.map(({ dtype, bytes }) => ({ dtype: floatOf(dtype), bytes }));
  const wide = [...inputs, ...outputs].some(({ dtype }) => dtype === 'F64');
  return outputs.map(({ dtype, weights }) => {
    const [first] = operands;
    if (first === undefined) throw new Error('no input');
    const output = { dtype: floatOf(dtype), weights };
    return kernel === 'convert'
      ? convert(first, output.dtype, elements, onOverflow)
      : weightedSum(operands, output, wide, elements, onOverflow);
  });
}

/** Counts by tensor and output, as a report lists them. */
function expectedCounts({ tensors }: LaneCase, outputs: readonly ReferenceOutput[]): TensorCounts[] {
  const list: TensorCounts[] = [];
  if (outputs.every(({ classes }) => classes.every((one) => one === undefined))) return list;
  let begin = 0;
  for (const { name, end } of tensors) {
    for (const [output, { classes }] of outputs.entries()) {
      const part = classes.slice(begin, end);
      const count = (kind: 'nan' | 'infinite' | 'overflow'): number => part.filter((one) => one === kind).length;
      const [nan, infinite, overflow] = [count('nan'), count('infinite'), count('overflow')];
      if (nan + infinite + overflow > 0) list.push({ tensor: name, output, nan, infinite, overflow });
    }
    begin = end;
  }
  return list;
}

/** The first difference in words, or undefined; and how many elements are the same in every bit. */
interface Comparison {
  readonly problem: string | undefined;
  readonly identical: number;
}

/**
 * Compares one output. `exact`: bit for bit; else within 1 unit in the last place plus 2^-23·Σ|w_i·x_i|, where an
 * infinity counts as the next value after the largest.
 */
function compareOutput(
  one: LaneCase,
  k: number,
  got: Uint8Array,
  { bytes: want }: ReferenceOutput,
  exact: boolean,
): Comparison {
  if (Buffer.compare(got, want) === 0) return { problem: undefined, identical: one.elements };
  const dtype = floatOf(one.outputs[k]?.dtype ?? 'F32');
  const size = DTYPES[dtype].bytes;
  let identical = 0;
  let problem: string | undefined;
  for (let index = 0; index < one.elements; index++) {
    const [from, to] = [index * size, (index + 1) * size];
    if (Buffer.compare(got.subarray(from, to), want.subarray(from, to)) === 0) identical++;
    else if (problem === undefined && (exact || !isNear(one, k, dtype, index, got, want))) {
      const hex = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(from, to)).reverse().toString('hex');
      const operands = one.inputs.map((input) => decode(floatOf(input.dtype), input.bytes, index)).join(', ');
      problem = `output ${k}, element ${index} of ${operands}: ${hex(got)}, expected ${hex(want)}`;
    }
  }
  return { problem, identical };
}

function isNear(
  one: LaneCase,
  k: number,
  dtype: FloatDtype,
  index: number,
  got: Uint8Array,
  want: Uint8Array,
): boolean {
  const [a, b] = [decode(dtype, got, index), decode(dtype, want, index)];
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b);
  if (!Number.isFinite(a) && !Number.isFinite(b)) return a === b;
  const weights = one.outputs[k]?.weights ?? [];
  const magnitude = one.inputs.reduce((sum, input, i) => {
    return sum + Math.abs((weights[i] ?? 0) * decode(floatOf(input.dtype), input.bytes, index));
  }, 0);
  const finite = Number.isFinite(b) ? b : a;
  const unit = spacing(dtype, finite);
  const other = finite === a ? b : a;
  const distance = Number.isFinite(other) ? Math.abs(other - finite) : unit;
  // WGSL lets a driver flush f32 subnormals, as operands and as results (SwiftShader does)
  const flushed = weights.reduce((sum, weight) => sum + (1 + Math.abs(weight)) * 2 ** -126, 0);
  return distance <= unit + 2 ** -23 * magnitude + flushed;
}

/** What is wrong with a result, nothing if it is right; and how much of it equals the reference in every bit. */
export interface Verdict {
  readonly problems: readonly string[];
  /** Elements of all outputs. */
  readonly elements: number;
  readonly identical: number;
}

export function judge(one: LaneCase, { outputs, report }: LaneResult, exact: boolean): Verdict {
  const wanted = expected(one);
  const problems: string[] = [];
  let identical = 0;
  for (const [k, want] of wanted.entries()) {
    const comparison = compareOutput(one, k, outputs[k] ?? new Uint8Array(0), want, exact);
    identical += comparison.identical;
    if (comparison.problem !== undefined) problems.push(comparison.problem);
  }
  const counts = JSON.stringify(sorted(report.tensors));
  const wantedCounts = JSON.stringify(sorted(expectedCounts(one, wanted)));
  if (counts !== wantedCounts) problems.push(`counts ${counts}, expected ${wantedCounts}`);
  return { problems, elements: one.elements * wanted.length, identical };
}

function sorted(counts: readonly TensorCounts[]): TensorCounts[] {
  return counts
    .map(({ tensor, output, nan, infinite, overflow }) => ({ tensor, output, nan, infinite, overflow }))
    .sort((a, b) => a.tensor.localeCompare(b.tensor) || a.output - b.output);
}

function floatOf(dtype: LaneCase['inputs'][number]['dtype']): FloatDtype {
  if (!isFloat(dtype)) throw new Error(`${dtype} has no arithmetic`);
  return dtype;
}
