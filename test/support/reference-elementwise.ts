import type { FloatDtype } from '../../src/dtype.ts';
import type { ChunkPart, OverflowMode } from '../../src/plan/chunks/chunk.ts';
import type { Elementwise, TaskVectors } from '../../src/plan/kernel/elementwise.ts';
import { decode, produce, type ReferenceOutput } from './reference.ts';
import { difference, keeper, type Operands, rowOf } from './reference-keep.ts';

// Element-wise kernels by definition, each operation rounded to f32.

const { fround } = Math;

/** Elements of any float dtype as f32. */
export function operandsOf(
  inputs: readonly { readonly dtype: FloatDtype; readonly bytes: Uint8Array }[],
  elements: number,
): Operands {
  return inputs.map(({ dtype, bytes }) => Float32Array.from({ length: elements }, (_, i) => decode(dtype, bytes, i)));
}

/** One output of an element-wise chunk. */
export function elementwise(
  operands: Operands,
  how: Elementwise,
  part: ChunkPart,
  output: FloatDtype,
  mode: OverflowMode,
): ReferenceOutput {
  const value = valueOf(operands, how, part);
  return produce(output, operands[0]?.length ?? 0, mode, value);
}

function valueOf(operands: Operands, how: Elementwise, part: ChunkPart): (index: number) => number {
  const at = (input: number, index: number): number => operands[input]?.[index] ?? NaN;
  switch (how.kind) {
    case 'task_vectors':
      return taskVectors(operands, how, part);
    case 'nearswap':
      return (index) => nearswap(at(0, index), at(1, index), how.t);
    case 'overlap':
      return (index) => overlap(operands, index, how.epsilon, how.unique);
    case 'fusion':
      return (index) => {
        const delta = difference(operands, 1, index);
        const importance = fround(Math.abs(delta) * (how.rows[rowOf(part, index)] ?? NaN));
        return importance >= fround(how.threshold) ? fround(at(0, index) + delta) : at(0, index);
      };
    case 'weighted_lines':
      return (index) => {
        const line = how.per === 'row' ? rowOf(part, index) : (part.first + index) % part.rowLength;
        const products = operands.map((x, i) => {
          return fround(fround(how.weights[line * operands.length + i] ?? NaN) * (x[index] ?? NaN));
        });
        return products.reduce((sum, product) => fround(sum + product));
      };
  }
}

function taskVectors(
  operands: Operands,
  { terms, elect, divisor, scale }: TaskVectors,
  part: ChunkPart,
): (index: number) => number {
  const kept = terms.map(({ keep, input }) => keeper(keep, operands, part, input));
  return (index) => {
    const parts = terms.map(({ input, weight, vote, share }, t) => {
      const d = kept[t]?.(index) === true ? difference(operands, input, index) : 0;
      return { d, weighted: fround(fround(weight) * d), vote: fround(fround(vote) * d), share: fround(share) };
    });
    const positive = parts.reduce((sum, one) => fround(sum + one.vote), 0) >= 0;
    const counted = parts.filter(({ d, vote }) => {
      if (!elect) return divisor === 'one' || d !== 0;
      return positive ? vote > 0 : vote < 0;
    });
    const sum = counted.reduce((total, { weighted }) => fround(total + weighted), 0);
    const shares = counted.reduce((total, { share }) => fround(total + share), 0);
    const scaled = fround(fround(scale) * sum);
    const base = operands[0]?.[index] ?? NaN;
    if (divisor === 'one') return fround(base + scaled);
    const least = fround(1e-6);
    const by = divisor === 'shares' ? (shares === 0 ? 1 : shares) : shares < least ? least : shares;
    return fround(base + fround(scaled / by));
  };
}

function nearswap(a: number, b: number, t: number): number {
  const distance = Math.max(Math.abs(fround(a - b)), fround(1e-6));
  const k = Math.max(Math.min(fround(fround(t) / distance), 1), 0);
  return fround(fround(k * b) + fround(fround(1 - k) * a));
}

function overlap(operands: Operands, index: number, epsilon: number, unique: readonly number[]): number {
  const base = operands[0]?.[index] ?? NaN;
  const above = unique
    .map((factor, i) => ({ factor: fround(factor), delta: difference(operands, i + 1, index) }))
    .filter(({ delta }) => Math.abs(delta) > fround(epsilon));
  const [first] = above;
  if (first === undefined) return base;
  if (above.length === 1) return fround(base + fround(first.factor * first.delta));
  const sum = above.reduce((total, { delta }) => fround(total + delta), 0);
  return fround(base + fround(sum / above.length));
}
