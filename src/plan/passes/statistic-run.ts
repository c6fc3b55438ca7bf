import type { Statistic } from '../kernel/statistics.ts';
import type { Answer, Request } from '../methods/work.ts';

/** What runs need to know of a tensor. */
export interface TensorForm {
  readonly elements: number;
  readonly shape: readonly number[];
  /** Inputs, the base among them. */
  readonly inputs: number;
}

/** One reading of elements [begin, end) of a tensor for a statistic. */
export interface Pass {
  readonly statistic: Statistic;
  readonly begin: number;
  readonly end: number;
  /** As in ChunkPart. */
  readonly unit: number;
  readonly rowLength: number;
}

/** What a chunk of a pass found. */
export interface PassAnswer {
  /** Element of the tensor at which the chunk begins, and how many it has. */
  readonly first: number;
  readonly elements: number;
  readonly numbers: Float64Array;
}

/** Finds the answers to requests of one kind in one or more passes, one after another. Pure: numbers in, numbers out. */
export interface StatisticRun {
  /** What is to be read now; empty when all is known. */
  next(): readonly Pass[];
  /** The answers to the last `next`, a list a pass, each in the order of the chunks. */
  take(answers: readonly (readonly PassAnswer[])[]): void;
  /** The answer to one of the requests that the run was made for. */
  answer(request: Request): Answer;
}

/** Elements of a row: the last dimension. */
export function rowLengthOf({ shape }: Pick<TensorForm, 'shape'>): number {
  return shape.at(-1) ?? 1;
}

/** Columns of a tensor seen as [first dimension, all others]. */
export function columnsOf({ shape, elements }: Pick<TensorForm, 'shape' | 'elements'>): number {
  return elements / (shape[0] ?? 1);
}

/** Adds up what the units of a pass have found, `length` numbers each. */
export function sumUnits(answers: readonly PassAnswer[], length: number): Float64Array {
  const sums = new Float64Array(length);
  for (const { numbers } of answers) {
    for (let i = 0; i < numbers.length; i++) {
      const at = i % length;
      sums[at] = (sums[at] ?? 0) + (numbers[i] ?? 0);
    }
  }
  return sums;
}

/** A whole tensor as a pass. */
export function wholePass(
  form: TensorForm,
  statistic: Statistic,
  unit: number,
  rowLength: number = rowLengthOf(form),
): Pass {
  return { statistic, begin: 0, end: form.elements, unit, rowLength };
}
