import { scoreOf } from './ranking.ts';
import type { SweepReport } from './sweep-report.ts';

/** How much of the scores' variance one parameter alone explains. */
export interface Importance {
  readonly parameter: string;
  /** 0 to 1. */
  readonly share: number;
}

/** Fewer variants say nothing. */
const FEWEST = 8;

/**
 * The share of the scores' variance that a parabola over each parameter alone explains (for names: their means), adjusted for
 * the number of its coefficients; the greatest first. Effects of two parameters together are not in it.
 */
export function importances({ rows, objective, parameters }: SweepReport): Importance[] {
  if (objective === undefined) return [];
  const scored = rows.flatMap((row) => {
    const score = scoreOf(row, objective.metric);
    return score === undefined ? [] : [{ row, score }];
  });
  if (scored.length < FEWEST) return [];
  const scores = scored.map(({ score }) => score);
  return parameters
    .flatMap((parameter) => {
      const values = scored.map(({ row }) => row.parameters[parameter]);
      if (new Set(values).size < 2) return [];
      return [{ parameter, share: explained(values, scores) }];
    })
    .sort((a, b) => b.share - a.share);
}

function explained(values: readonly unknown[], scores: readonly number[]): number {
  const columns = values.every((value) => typeof value === 'number') ? powers(values.map(Number)) : indicators(values);
  const total = squares(centred(scores));
  if (total === 0) return 0;
  const left = squares(residuals(columns, centred(scores)));
  const freedom = scores.length - columns.length - 1;
  return freedom <= 0 ? 0 : Math.max(0, 1 - left / freedom / (total / (scores.length - 1)));
}

function powers(values: readonly number[]): number[][] {
  const distinct = new Set(values).size;
  const linear = centred(values);
  return distinct < 3 ? [linear] : [linear, centred(linear.map((value) => value * value))];
}

function indicators(values: readonly unknown[]): number[][] {
  const [, ...names] = new Set(values.map(String));
  return names.map((name) => centred(values.map((value) => Number(String(value) === name))));
}

/** What is left of `target` after its projection on the columns (Gram and Schmidt). */
function residuals(columns: readonly (readonly number[])[], target: readonly number[]): number[] {
  const basis: number[][] = [];
  for (const column of columns) {
    const own = without(column, basis);
    if (squares(own) > 1e-12 * squares(column)) basis.push(own);
  }
  return without(target, basis);
}

function without(vector: readonly number[], basis: readonly (readonly number[])[]): number[] {
  let left = [...vector];
  for (const base of basis) {
    const factor = dot(left, base) / squares(base);
    left = left.map((value, index) => value - factor * (base[index] ?? 0));
  }
  return left;
}

function centred(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

function squares(values: readonly number[]): number {
  return dot(values, values);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
