import { BLOCK_ELEMENTS } from '../kernel/statistics.ts';
import { Gram } from '../methods/parts/gram.ts';
import type { Answer, Request } from '../methods/work.ts';
import {
  columnsOf,
  type Pass,
  type PassAnswer,
  rowLengthOf,
  type StatisticRun,
  sumUnits,
  type TensorForm,
  wholePass,
} from './statistic-run.ts';

/** Elements of the row blocks over which the products of columns are summed; whole rows, so mostly some more. */
const COLUMN_BLOCK_ELEMENTS = 2 ** 18;

type GramRequest = Extract<Request, { kind: 'gram' }>;

/** Dot products of a tensor's inputs, in one pass. */
export class GramRun implements StatisticRun {
  readonly #form: TensorForm;
  readonly #request: GramRequest;
  readonly #size: number;
  #grams: Gram[] | undefined;

  constructor(form: TensorForm, request: GramRequest) {
    this.#form = form;
    this.#request = request;
    this.#size = form.inputs - (request.difference ? 1 : 0);
  }

  next(): Pass[] {
    if (this.#grams !== undefined) return [];
    const { per } = this.#request;
    if (per === 'tensor') return [wholePass(this.#form, this.#request, BLOCK_ELEMENTS)];
    if (per === 'row') return [wholePass(this.#form, this.#request, rowLengthOf(this.#form))];
    return [wholePass(this.#form, this.#request, columnUnit(this.#form), columnsOf(this.#form))];
  }

  take([answers = []]: readonly (readonly PassAnswer[])[]): void {
    const pairs = (this.#size * (this.#size + 1)) / 2;
    if (this.#request.per === 'row') {
      this.#grams = answers.flatMap(({ numbers }) => this.#split(numbers, pairs));
      return;
    }
    const lines = this.#request.per === 'column' ? columnsOf(this.#form) : 1;
    this.#grams = this.#split(sumUnits(answers, lines * pairs), pairs);
  }

  #split(numbers: Float64Array, pairs: number): Gram[] {
    return Array.from({ length: numbers.length / pairs }, (_, line) => {
      return new Gram(this.#size, numbers.subarray(line * pairs, (line + 1) * pairs));
    });
  }

  answer(): Answer {
    return { kind: 'gram', value: this.#grams ?? [] };
  }
}

/** Elements of the row blocks over which the products of columns are summed. */
export function columnUnit(form: TensorForm): number {
  const columns = columnsOf(form);
  return columns * Math.max(1, Math.ceil(COLUMN_BLOCK_ELEMENTS / columns));
}
