import { BLOCK_ELEMENTS, type NormTarget } from '../kernel/statistics.ts';
import type { Answer, Request } from '../methods/work.ts';
import {
  type Pass,
  type PassAnswer,
  rowLengthOf,
  type StatisticRun,
  sumUnits,
  type TensorForm,
  wholePass,
} from './statistic-run.ts';

/** Norms of what is kept of task vectors, in one pass; what several requests ask for is computed once. */
export class NormsRun implements StatisticRun {
  readonly #form: TensorForm;
  readonly #targets: ReadonlyMap<string, NormTarget>;
  readonly #norms = new Map<string, { absolute: number; squares: number }>();

  constructor(form: TensorForm, requests: readonly Request[]) {
    this.#form = form;
    const targets = requests.flatMap((request) => (request.kind === 'norms' ? request.targets : []));
    this.#targets = new Map(targets.map((target) => [JSON.stringify(target), target]));
  }

  next(): Pass[] {
    if (this.#norms.size > 0 || this.#targets.size === 0) return [];
    const targets = [...this.#targets.values()];
    // ranks are known by whole rows
    const ranked = targets.some(({ keep }) => keep.kind === 'ranked');
    const unit = ranked ? rowLengthOf(this.#form) : BLOCK_ELEMENTS;
    return [wholePass(this.#form, { kind: 'norms', targets }, unit)];
  }

  take([answers = []]: readonly (readonly PassAnswer[])[]): void {
    const sums = sumUnits(answers, 2 * this.#targets.size);
    for (const [i, key] of [...this.#targets.keys()].entries()) {
      this.#norms.set(key, { absolute: sums[2 * i] ?? 0, squares: sums[2 * i + 1] ?? 0 });
    }
  }

  answer(request: Request): Answer {
    const targets = request.kind === 'norms' ? request.targets : [];
    const value = targets.map((target) => this.#norms.get(JSON.stringify(target)) ?? { absolute: 0, squares: 0 });
    return { kind: 'norms', value };
  }
}

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
