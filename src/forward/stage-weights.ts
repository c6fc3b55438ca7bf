import { cutRanges } from '../elements/byte-range.ts';
import { DTYPES } from '../dtype.ts';
import { SwizzleError } from '../errors.ts';
import type { Matrix, Stage, Weight } from './program.ts';
import type { Sequence } from './sequences.ts';
import { rowsUsed } from './tables.ts';
import { type WeightPlace, type WeightSet, type WeightTensor } from './weights.ts';

/** A tensor, or some of its rows, as one stage needs it. */
export interface StageWeight {
  readonly key: string;
  readonly tensor: string;
  readonly elements: number;
  /** What is read: some ranges of each stored tensor, to joined memory. */
  readonly inputs: readonly WeightPlace[];
  readonly variants: WeightTensor['variants'];
  /** Input number v is variant v's own. */
  readonly isOwn: boolean;
  /** Whether it is made from the inputs, or used as it is stored. */
  readonly isMerged: boolean;
  /** Whether it becomes f32 before it is used: all but matrices that the product reads as they are. */
  readonly isConverted: boolean;
}

/** dtypes that the matrix product takes. */
const DIRECT: ReadonlySet<string> = new Set(['F32', 'F16', 'BF16']);

/** The key of a weight among its stage's. */
export function weightKey({ tensor, rows }: Matrix): string {
  return rows === undefined ? tensor : `${tensor}[${rows[0]}:${rows[1]}]`;
}

/**
 * The weights of a stage, each once.
 * @throws SwizzleError 'checkpoint' when one is missing or has another shape
 */
export function stageWeights(stage: Stage, weights: WeightSet, sequences: readonly Sequence[]): StageWeight[] {
  const found = new Map<string, StageWeight>();
  const add = (use: Matrix, kind: 'matrix' | 'vector', rows?: readonly number[]): void => {
    const key = weightKey(use);
    if (!found.has(key)) found.set(key, stageWeight(key, use, kind, checked(use, weights), rows));
  };
  for (const step of stage.steps) {
    if (step.do === 'embed') {
      const rows = rowsUsed(step.index, sequences).map((row) => row + step.offset);
      const last = rows.at(-1) ?? 0;
      if (last >= (step.table.shape[0] ?? 0)) {
        throw new SwizzleError('internal', `${step.table.tensor} has no row ${last}`);
      }
      add(step.table, 'vector', rows);
    }
    if (step.do === 'linear') add(step.weight, 'matrix');
    if (step.do !== 'linear' && step.do !== 'norm') continue;
    if (step.do === 'norm') add(step.weight, 'vector');
    if (step.bias !== undefined) add(step.bias, 'vector');
  }
  return [...found.values()];
}

function checked({ tensor, shape }: Weight, weights: WeightSet): WeightTensor {
  const found = weights.get(tensor);
  if (found === undefined) throw new SwizzleError('checkpoint', `${weights.label}: has no tensor ${tensor}`);
  if (found.shape.join() === shape.join()) return found;
  throw new SwizzleError(
    'checkpoint',
    `${weights.label}: tensor ${tensor}: config.json means shape [${shape.join(', ')}], found [${found.shape.join(', ')}]`,
  );
}

function stageWeight(
  key: string,
  { tensor, shape, rows: part }: Matrix,
  kind: 'matrix' | 'vector',
  { inputs, variants, isOwn = false }: WeightTensor,
  rows: readonly number[] | undefined,
): StageWeight {
  const width = shape.slice(1).reduce((product, size) => product * size, 1);
  const runs = rows === undefined ? [part ?? [0, shape[0] ?? 1]] : runsOf(rows);
  const count = runs.reduce((sum, [begin, end]) => sum + end - begin, 0);
  const isStored = ({ dtype, weights }: WeightTensor['variants'][number]): boolean => {
    return weights[0] === 1 && weights.length === 1 && dtype === inputs[0]?.dtype;
  };
  const isMerged = !isOwn && (inputs.length !== 1 || !variants.every(isStored));
  const isReady = ({ dtype }: { dtype: string }): boolean => (kind === 'matrix' ? DIRECT.has(dtype) : dtype === 'F32');
  return {
    key,
    tensor,
    elements: count * width,
    inputs: inputs.map(({ dtype, ranges }) => {
      const rowBytes = width * DTYPES[dtype].bytes;
      const wanted = runs.flatMap(([begin = 0, end = 0]) => cutRanges(ranges, begin * rowBytes, end * rowBytes));
      return { dtype, ranges: wanted };
    }),
    variants,
    isOwn,
    isMerged,
    isConverted: !variants.every(isReady),
  };
}

/** Ascending numbers as runs [begin, end) of neighbours. */
function runsOf(rows: readonly number[]): [begin: number, end: number][] {
  const runs: [number, number][] = [];
  for (const row of rows) {
    const last = runs.at(-1);
    if (last?.[1] === row) last[1] = row + 1;
    else runs.push([row, row + 1]);
  }
  return runs;
}
