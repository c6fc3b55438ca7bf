import { permutation, uniform } from '../../random.ts';
import { dirichlet, dirichletDraws, simplexLattice } from './simplex.ts';
import type { Assignment, Axis, Interval, Points } from '../file/spec.ts';

/** The names of the parameters that an axis sets. */
export function namesOf(axis: Axis): readonly string[] {
  return axis.kind === 'simplex' ? axis.simplex.parameters : [axis.name];
}

/** The points that a grid takes of an axis, in order. */
export function gridOf(axis: Axis, seed: number): Assignment[] {
  switch (axis.kind) {
    case 'list':
      return axis.values.map((value) => ({ [axis.name]: value }));
    case 'interval':
      return fractions(axis.points, seed, axis.name).map((fraction) => ({
        [axis.name]: pointOf(axis.interval, fraction),
      }));
    case 'simplex': {
      const { parameters, steps, count } = axis.simplex;
      if (steps !== undefined) return simplexLattice(parameters, steps);
      return dirichletDraws(axis.simplex, count ?? 0, axis.simplex.seed ?? seed, axis.name);
    }
  }
}

/** The point of an axis that numbers between 0 and 1 stand for, one number for each name: how random and lhs pick. */
export function pointAt(axis: Axis, numbers: readonly number[], seed: number, draw: number): Assignment {
  const first = numbers[0] ?? 0.5;
  switch (axis.kind) {
    case 'list': {
      const value = axis.values[Math.min(Math.floor(first * axis.values.length), axis.values.length - 1)];
      return value === undefined ? {} : { [axis.name]: value };
    }
    case 'interval':
      return { [axis.name]: pointOf(axis.interval, first) };
    case 'simplex':
      return dirichlet(axis.simplex, numbers, axis.simplex.seed ?? seed, `${axis.name}/${draw}`);
  }
}

function fractions({ spacing, count, seed: own }: Points, seed: number, name: string): number[] {
  const from = own ?? seed;
  const numbers = Array.from({ length: count }, (_, index) => uniform(from, name, index));
  if (spacing === 'random') return numbers;
  if (spacing === 'even') return numbers.map((_, index) => (count === 1 ? 0 : index / (count - 1)));
  return stratified(numbers, permutation(from, `${name}/order`, count));
}

/** One number in each of as many equal parts of [0, 1] as there are numbers, in the given order: a column of a Latin hypercube. */
export function stratified(numbers: readonly number[], order: readonly number[]): number[] {
  return numbers.map((number, index) => ((order[index] ?? 0) + number) / numbers.length);
}

/** Six significant digits: enough for any weight, and short in names. */
function pointOf({ from, to, scale }: Interval, fraction: number): number {
  if (fraction === 0) return from;
  if (fraction === 1) return to;
  const value =
    scale === 'log' ? Math.exp(Math.log(from) + fraction * Math.log(to / from)) : from + fraction * (to - from);
  return Number(value.toPrecision(6));
}
