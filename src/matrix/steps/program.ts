import { SwizzleError } from '../../errors.ts';
import type { MatrixStep, MatrixWork } from '../../plan/kernel/matrix.ts';
import type { Steps } from './actions.ts';
import { calibrate } from './calibrate.ts';
import { interfere, rowDots, sum } from './interfere.ts';
import { polar } from './polar.ts';
import { combine, compose, dropTriples, join, leading, makeTriples, projectAway, type Triples } from './triples.ts';
import type { Dense, Workspace } from './workspace.ts';

/** Rows and columns of a tensor as a matrix: the last dimension is its columns; one dimension is one row. */
export function matrixShape(shape: readonly number[]): readonly [rows: number, columns: number] {
  const columns = shape.at(-1) ?? 1;
  return [shape.slice(0, -1).reduce((product, size) => product * size, 1), columns];
}

/** Share of a matrix's length that may be left of it by rounding alone. */
const ROUNDING = 1e-6;

/** The matrices and sets that a program has made. */
interface Names {
  readonly matrices: Map<string, Dense>;
  readonly sets: Map<string, Triples>;
  /** Singular values of a matrix below this are rounding, where it is the rest of a larger one. */
  readonly floors: Map<string, number>;
}

/** Runs a method's program on one tensor. Gives the merged task vector, which stays in the workspace until it is dropped. */
export function* runProgram(
  { steps, delta }: Pick<MatrixWork, 'steps' | 'delta'>,
  shape: readonly number[],
  space: Workspace,
): Steps<Dense> {
  const names: Names = { matrices: new Map(), sets: new Map(), floors: new Map() };
  for (const step of steps) yield* runStep(step, names, matrixShape(shape), space);
  const result = matrixNamed(names, delta);
  names.matrices.delete(delta);
  drop(names, [...names.matrices.keys(), ...names.sets.keys()], space);
  return result;
}

function* runStep(
  step: MatrixStep,
  names: Names,
  [rows, columns]: readonly [number, number],
  space: Workspace,
): Steps<void> {
  const make = (name: string): Dense => {
    const made = space.matrix(rows, columns);
    names.matrices.set(name, made);
    return made;
  };
  switch (step.do) {
    case 'delta':
      yield { do: 'delta', input: step.input, weight: step.weight, out: make(step.out) };
      return;
    case 'sum': {
      const isNew = !names.matrices.has(step.out);
      const out = names.matrices.get(step.out) ?? make(step.out);
      if (isNew) yield* combine(out, 0, out, 0);
      for (const { of, weight } of step.terms) yield* combine(out, 1, matrixNamed(names, of), weight);
      return;
    }
    case 'isotropic':
      yield* polar(space, matrixNamed(names, step.of), make(step.out), true);
      return;
    case 'set':
      names.sets.set(step.out, makeTriples(space, step.rank, rows, columns));
      return;
    case 'leading':
      yield* leading(
        space,
        matrixNamed(names, step.of),
        step.rank,
        setNamed(names, step.into),
        names.floors.get(step.of),
      );
      return;
    case 'project': {
      const of = matrixNamed(names, step.of);
      names.floors.set(step.out, ROUNDING * Math.sqrt(sum(yield* rowDots(space, of, of))));
      yield* projectAway(space, of, setNamed(names, step.away), make(step.out));
      return;
    }
    case 'join':
      yield* join(setNamed(names, step.from), setNamed(names, step.into));
      return;
    case 'compose':
      yield* compose(space, setNamed(names, step.of), step.values, make(step.out));
      return;
    case 'interfere': {
      const of = step.of.map((name) => matrixNamed(names, name));
      yield* interfere(space, of, step.iterations, make(step.out));
      return;
    }
    case 'calibrate': {
      const of = step.of.map((name) => matrixNamed(names, name));
      yield* calibrate(space, matrixNamed(names, step.merged), of, step.alpha, make(step.out));
      return;
    }
    case 'drop':
      drop(names, step.names, space);
  }
}

function drop(names: Names, dropped: readonly string[], space: Workspace): void {
  for (const name of dropped) {
    const matrix = names.matrices.get(name);
    if (matrix !== undefined) space.drop(matrix);
    else dropTriples(space, setNamed(names, name));
    names.matrices.delete(name);
    names.sets.delete(name);
  }
}

function matrixNamed({ matrices }: Names, name: string): Dense {
  const found = matrices.get(name);
  if (found === undefined) throw new SwizzleError('internal', `the program has no matrix ${name}`);
  return found;
}

function setNamed({ sets }: Names, name: string): Triples {
  const found = sets.get(name);
  if (found === undefined) throw new SwizzleError('internal', `the program has no set ${name}`);
  return found;
}
