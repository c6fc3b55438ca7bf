import type { ChunkPart } from '../../src/plan/chunks/chunk.ts';
import type { Statistic } from '../../src/plan/kernel/statistics.ts';
import { difference, keeper, magnitudeBits, type Operands, selectionValue } from './reference-keep.ts';

// Statistics by definition, sums in f64.

/** A number and how far a device's may be from it. */
interface Bounded {
  readonly value: number;
  readonly error: number;
}

/** What a statistic gives: one number each in the order of `Statistic`. */
export function statistic(operands: Operands, what: Statistic, part: ChunkPart): Bounded[] {
  switch (what.kind) {
    case 'gram':
      return gram(operands, what, part);
    case 'histogram':
      return histogram(operands, what, part).map(exactly);
    case 'locate':
      return locate(operands, what, part).map(exactly);
    case 'norms':
      return norms(operands, what, part);
    case 'overlap':
      return overlap(operands, what.epsilon).map(exactly);
    case 'divergence':
      return divergence(operands, part);
  }
}

function exactly(value: number): Bounded {
  return { value, error: 0 };
}

/** A sum in f64 whose products and lanes a device may round to f32, unless it is wide. */
class Sum {
  readonly #isWide: boolean;
  #value = 0;
  #magnitude = 0;
  #terms = 0;

  constructor(isWide: boolean) {
    this.#isWide = isWide;
  }

  add(term: number): void {
    this.#value += term;
    this.#magnitude += Math.abs(term);
    this.#terms++;
  }

  get bounded(): Bounded {
    if (this.#isWide) return { value: this.#value, error: this.#magnitude * this.#terms * 2 ** -53 };
    return { value: this.#value, error: this.#magnitude * 2 ** -21 + this.#terms * 2 ** -148 };
  }
}

function sums(count: number, isWide = false): Sum[] {
  return Array.from({ length: count }, () => new Sum(isWide));
}

function lengthOf(operands: Operands): number {
  return operands[0]?.length ?? 0;
}

function gram(operands: Operands, what: Extract<Statistic, { kind: 'gram' }>, part: ChunkPart): Bounded[] {
  const elements = lengthOf(operands);
  const vectors = what.difference
    ? operands.slice(1).map((x, i) => x.map((_, index) => difference(operands, i + 1, index)))
    : operands;
  const pairs = vectors.flatMap((x, i) => vectors.slice(i).map((y) => [x, y] as const));
  const unit = what.per === 'row' ? part.rowLength : part.unit;
  const lines = what.per === 'column' ? part.rowLength : 1;
  const results = sums(Math.ceil(elements / unit) * lines * pairs.length, what.wide);
  for (let index = 0; index < elements; index++) {
    const line = Math.floor(index / unit) * lines + (what.per === 'column' ? index % part.rowLength : 0);
    for (const [p, [x, y]] of pairs.entries()) {
      const [a, b] = [x[index] ?? NaN, y[index] ?? NaN];
      if (Number.isFinite(a) && Number.isFinite(b)) results[line * pairs.length + p]?.add(a * b);
    }
  }
  return results.map(({ bounded }) => bounded);
}

function histogram(
  operands: Operands,
  { value, shift, bits, targets }: Extract<Statistic, { kind: 'histogram' }>,
  part: ChunkPart,
): number[] {
  return targets.flatMap(({ input, prefix }) => {
    const counts: number[] = Array.from({ length: 2 ** bits + 1 }, () => 0);
    for (let index = 0; index < lengthOf(operands); index++) {
      const one = selectionValue(value, operands, part, input, index);
      if (!Number.isFinite(one)) continue;
      const code = magnitudeBits(one);
      const bin = Math.floor(code / 2 ** shift) % 2 ** bits;
      const above = Math.floor(code / 2 ** (shift + bits));
      if (prefix === undefined || above === prefix) counts[bin] = (counts[bin] ?? 0) + 1;
      if (one === 0) counts[2 ** bits] = (counts[2 ** bits] ?? 0) + 1;
    }
    return counts;
  });
}

function locate(
  operands: Operands,
  { value, targets }: Extract<Statistic, { kind: 'locate' }>,
  part: ChunkPart,
): number[] {
  return targets.map(({ input, bits, nth }) => {
    const found: number[] = [];
    for (let index = 0; index < lengthOf(operands); index++) {
      if (magnitudeBits(selectionValue(value, operands, part, input, index)) === bits) found.push(index);
    }
    return found[nth] ?? -1;
  });
}

function norms(operands: Operands, { targets }: Extract<Statistic, { kind: 'norms' }>, part: ChunkPart): Bounded[] {
  const elements = lengthOf(operands);
  const results = sums(Math.ceil(elements / part.unit) * targets.length * 2);
  for (const [t, { input, keep }] of targets.entries()) {
    const isKept = keeper(keep, operands, part, input);
    for (let index = 0; index < elements; index++) {
      const delta = difference(operands, input, index);
      if (!isKept(index) || !Number.isFinite(delta)) continue;
      const at = (Math.floor(index / part.unit) * targets.length + t) * 2;
      results[at]?.add(Math.abs(delta));
      results[at + 1]?.add(delta * delta);
    }
  }
  return results.map(({ bounded }) => bounded);
}

function overlap(operands: Operands, epsilon: number): number[] {
  const deltas = operands.slice(1);
  const counts = deltas.map(() => [0, 0] as [number, number]);
  for (let index = 0; index < lengthOf(operands); index++) {
    const values = deltas.map((_, i) => difference(operands, i + 1, index));
    if (!values.every(Number.isFinite)) continue;
    const above = values.map((value) => Math.abs(value) > Math.fround(epsilon));
    const several = above.filter(Boolean).length > 1;
    for (const [i, is] of above.entries()) {
      const count = counts[i];
      if (is && count !== undefined) count[several ? 1 : 0]++;
    }
  }
  return counts.flat();
}

function divergence(operands: Operands, part: ChunkPart): Bounded[] {
  const results: Bounded[] = [];
  for (let row = 0; row < lengthOf(operands); row += part.rowLength) {
    const [base, x] = operands.map((operand) => [...operand.subarray(row, row + part.rowLength)]);
    const both = (x ?? []).map((value, i) => [value, base?.[i] ?? NaN] as const);
    const finite = both.filter((pair) => pair.every(Number.isFinite));
    const p = softmax(finite.map(([value]) => value)).map((one) => one + 1e-8);
    const q = softmax(finite.map(([, value]) => value)).map((one) => one + 1e-8);
    const terms = p.map((one, i) => one * Math.log(one / (q[i] ?? NaN)));
    const value = terms.reduce((sum, term) => sum + term, 0);
    const magnitude = terms.reduce((sum, term) => sum + Math.abs(term), 0);
    results.push({ value, error: magnitude * 1e-11 + 1e-14 });
  }
  return results;
}

function softmax(values: readonly number[]): number[] {
  const top = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const exponentials = values.map((value) => Math.exp(value - top));
  const sum = exponentials.reduce((total, one) => total + one, 0);
  return exponentials.map((one) => one / sum);
}
