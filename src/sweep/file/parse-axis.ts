import type { Axis, Interval, Scalar, Strategy } from './spec.ts';
import type { AxisText, RangeText, SimplexText } from './sweep-text.ts';

/** A finding about an axis: what was expected. */
export class AxisError extends Error {}

/**
 * An axis as the sweep uses it.
 * @throws AxisError
 */
export function toAxis(name: string, text: AxisText, strategy: Strategy): Axis {
  if (isList(text)) return { kind: 'list', name, values: text };
  if ('range' in text) return { kind: 'list', name, values: rangeValues(text.range) };
  if ('simplex' in text) return toSimplex(name, text, strategy);
  if ('linspace' in text) {
    const { count, ...interval } = text.linspace;
    checkInterval(interval);
    return { kind: 'interval', name, interval, points: { spacing: 'even', count, seed: undefined } };
  }
  const spacing = 'random' in text ? 'random' : 'lhs';
  const { count, seed, ...interval } = 'random' in text ? text.random : text.lhs;
  checkInterval(interval);
  if (strategy === 'grid' && count === undefined) throw new AxisError(`${spacing}: needs count under strategy grid`);
  return { kind: 'interval', name, interval, points: { spacing, count: count ?? 0, seed } };
}

function toSimplex(name: string, text: SimplexText, strategy: Strategy): Axis {
  const { simplex: parameters, steps, count, alpha, seed } = text;
  if (new Set(parameters).size < parameters.length) throw new AxisError('simplex: a parameter stands twice');
  if (steps !== undefined && count !== undefined) throw new AxisError('simplex: has either steps or count');
  if (strategy === 'grid' && steps === undefined && count === undefined)
    throw new AxisError('simplex: needs steps (a lattice) or count (random draws) under strategy grid');
  return { kind: 'simplex', name, simplex: { parameters, steps, count, alpha, seed } };
}

/** from, from + step, … up to and with `to`. */
function rangeValues({ from, to, step }: RangeText): number[] {
  if (step === 0 || (to - from) / step < 0)
    throw new AxisError(`range: a step of ${step} never leads from ${from} to ${to}`);
  const count = Math.floor((to - from) / step + 1e-9) + 1;
  if (count > 1e6) throw new AxisError(`range: has ${count} values`);
  return Array.from({ length: count }, (_, index) => Number((from + index * step).toPrecision(12)));
}

function checkInterval({ from, to, scale }: Interval): void {
  if (!(from < to)) throw new AxisError(`expected from below to, found ${from} and ${to}`);
  if (scale === 'log' && from <= 0) throw new AxisError(`a log scale needs from above 0, found ${from}`);
}

function isList(text: AxisText): text is readonly Scalar[] {
  return Array.isArray(text);
}
