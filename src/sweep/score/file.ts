import { dirname } from 'node:path';
import { csvParse } from 'd3-dsv';
import { messageOf, SwizzleError } from '../../errors.ts';
import { findPath } from '../../find-path.ts';
import type { Scores } from '../log/events.ts';
import type { FileScore } from '../file/spec.ts';
import type { Scored, SingleScorer } from './scorer.ts';
import { readText } from '../../regular-file.ts';

/** Scores made elsewhere: a table with a row a variant. Until its row is there, a variant has no score. */
export function fileScorer(spec: FileScore, sweepFile: string): SingleScorer {
  return {
    kind: 'single',
    needsFolder: false,
    concurrency: 1,
    async score({ variant }): Promise<Scored | undefined> {
      const path = await findPath(spec.path, dirname(sweepFile));
      if (path === undefined) return undefined;
      const scores = (await readScoreFile({ ...spec, path })).get(variant.name);
      return scores && { scores, attempts: 1 };
    },
  };
}

/**
 * The numbers in a CSV or JSON file by variant. CSV: a row a variant, as AlpacaEval's leaderboard.csv, whose first column
 * is the model. JSON: a list of objects, or an object of objects by variant. Cells that are not numbers are left out.
 * @throws SwizzleError 'score' that names the file
 */
export async function readScoreFile({ path, key }: FileScore): Promise<Map<string, Scores>> {
  try {
    const text = await readText(path);
    const rows = path.endsWith('.json') ? jsonRows(JSON.parse(text), key) : csvParse(text);
    return new Map(rows.map((row) => toScores(row, key)));
  } catch (cause) {
    throw new SwizzleError('score', `${path}: ${messageOf(cause)}`, { cause, details: { path } });
  }
}

type Row = Readonly<Record<string, unknown>>;

function jsonRows(value: unknown, key: string | undefined): Row[] {
  if (Array.isArray(value) && value.every(isRow)) return value;
  if (!isRow(value) || !Object.values(value).every(isRow)) {
    throw new Error('expected a list of objects, or an object of objects by variant');
  }
  return Object.entries(value).map(([name, row]) => ({ [key ?? 'variant']: name, ...(isRow(row) ? row : {}) }));
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toScores(row: Row, key: string | undefined): [string, Scores] {
  const names = Object.keys(row);
  const column = key ?? ['variant', 'name', 'model'].find((name) => name in row) ?? names[0] ?? '';
  if (!(column in row)) throw new Error(`has no column ${JSON.stringify(column)}, but ${names.join(', ')}`);
  const numbers = names
    .filter((name) => name !== column && row[name] !== '' && row[name] !== null && typeof row[name] !== 'boolean')
    .map((name): [string, number] => [name, Number(row[name])])
    .filter(([, number]) => Number.isFinite(number));
  return [String(row[column]), Object.fromEntries(numbers)];
}
