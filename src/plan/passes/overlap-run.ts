import { BLOCK_ELEMENTS } from '../kernel/statistics.ts';
import type { Answer } from '../methods/work.ts';
import { type Pass, type PassAnswer, type StatisticRun, type TensorForm, wholePass } from './statistic-run.ts';

/** Counts, over the tensor, of elements that inputs changed alone and together. */
export class OverlapRun implements StatisticRun {
  readonly #form: TensorForm;
  readonly #epsilon: number;
  #counts: { unique: number; shared: number }[] | undefined;

  constructor(form: TensorForm, epsilon: number) {
    this.#form = form;
    this.#epsilon = epsilon;
  }

  next(): Pass[] {
    return this.#counts ? [] : [wholePass(this.#form, { kind: 'overlap', epsilon: this.#epsilon }, BLOCK_ELEMENTS)];
  }

  take([answers = []]: readonly (readonly PassAnswer[])[]): void {
    const sum = (at: number): number => answers.reduce((total, { numbers }) => total + (numbers[at] ?? 0), 0);
    this.#counts = Array.from({ length: this.#form.inputs - 1 }, (_, i) => {
      return { unique: sum(2 * i), shared: sum(2 * i + 1) };
    });
  }

  answer(): Answer {
    return { kind: 'overlap', value: this.#counts ?? [] };
  }
}
