import { gridOf, namesOf, pointAt, stratified } from './axis-values.ts';
import { permutation, uniform } from '../../random.ts';
import type { Assignment, Axis, SweepSpec } from '../file/spec.ts';

/**
 * The values of the parameters of every variant that a sweep's strategy asks for, in order.
 * greedy-soup starts with each model alone; what it adds depends on scores (see soup.ts).
 */
export function assignmentsOf(spec: SweepSpec): Assignment[] {
  switch (spec.strategy) {
    case 'list':
      return [...spec.variants];
    case 'grid':
      return grid(spec.axes, spec.seed);
    case 'random':
    case 'lhs':
      return sample(spec);
    case 'greedy-soup':
      return soupModels(spec).map((model) => soupOf(soupModels(spec), [model]));
  }
}

/** Every combination; the last axis runs fastest. */
function grid(axes: readonly Axis[], seed: number): Assignment[] {
  let found: Assignment[] = [{}];
  for (const axis of axes) {
    const points = gridOf(axis, seed);
    found = found.flatMap((left) => points.map((right) => ({ ...left, ...right })));
  }
  return found;
}

/** `count` points, independent (random) or as a Latin hypercube: each parameter's range is cut in `count` parts, each part used once. */
function sample({ axes, strategy, count, seed }: SweepSpec): Assignment[] {
  const columns = new Map<string, number[]>();
  for (const name of axes.flatMap(namesOf)) {
    const numbers = Array.from({ length: count }, (_, draw) => uniform(seed, name, draw));
    columns.set(name, strategy === 'lhs' ? stratified(numbers, permutation(seed, `${name}/order`, count)) : numbers);
  }
  return Array.from({ length: count }, (_, draw) => {
    const points = axes.map((axis) => {
      const numbers = namesOf(axis).map((name) => columns.get(name)?.[draw] ?? 0.5);
      return pointAt(axis, numbers, seed, draw);
    });
    return Object.assign({}, ...points) as Assignment;
  });
}

/** The parameters of the one simplex axis that greedy-soup needs: each is the weight of one model. */
export function soupModels(spec: SweepSpec): readonly string[] {
  const [axis] = spec.axes;
  return axis === undefined ? [] : namesOf(axis);
}

/** The uniform average of `members`: equal weights for them, 0 for the others. */
export function soupOf(models: readonly string[], members: readonly string[]): Assignment {
  return Object.fromEntries(models.map((model) => [model, members.includes(model) ? 1 / members.length : 0]));
}
