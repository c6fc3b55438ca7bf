import type { Answer } from '../methods/work.ts';
import {
  type Pass,
  type PassAnswer,
  rowLengthOf,
  type StatisticRun,
  type TensorForm,
  wholePass,
} from './statistic-run.ts';

/** Divergence of each row. */
export class DivergenceRun implements StatisticRun {
  readonly #form: TensorForm;
  #rows: Float32Array | undefined;

  constructor(form: TensorForm) {
    this.#form = form;
  }

  next(): Pass[] {
    return this.#rows ? [] : [wholePass(this.#form, { kind: 'divergence' }, rowLengthOf(this.#form))];
  }

  take([answers = []]: readonly (readonly PassAnswer[])[]): void {
    this.#rows = Float32Array.from(answers.flatMap(({ numbers }) => [...numbers]));
  }

  answer(): Answer {
    return { kind: 'divergence', value: this.#rows ?? new Float32Array(0) };
  }
}
