import type { Cutoff, HistogramTarget, SelectionValue } from '../kernel/statistics.ts';
import type { Answer, Request, Want } from '../methods/work.ts';
import { type Pass, type PassAnswer, type StatisticRun, type TensorForm, wholePass } from './statistic-run.ts';

/** Bits of a value that each pass tells apart, from the highest: 31 together, a value's sign being 0. */
const DIGITS: readonly { readonly shift: number; readonly bits: number }[] = [
  { shift: 19, bits: 12 },
  { shift: 9, bits: 10 },
  { shift: 0, bits: 9 },
];

const NOTHING: Cutoff = { bits: 0xffff_ffff, index: 0 };

/** A want on its way: the bits found so far, and how many of those that have them belong to the largest. */
interface Search {
  readonly want: Want;
  prefix: number | undefined;
  remaining: number;
  cutoff: Cutoff | undefined;
  /** Of the last pass: where the elements with the very bits `prefix` are, chunk by chunk. */
  equals: readonly { readonly answer: PassAnswer; readonly count: number }[];
}

/**
 * Where the largest elements of a tensor end: radix select by histograms of the values' bits, three passes, and one look at a
 * chunk where only some of the elements that are equal to the last one belong to them. No sort; exact.
 */
export class CutoffsRun implements StatisticRun {
  readonly #form: TensorForm;
  readonly #value: SelectionValue;
  readonly #searches: ReadonlyMap<string, Search>;
  #digit = 0;
  #targets: HistogramTarget[] = [];
  #located: Search[] = [];

  constructor(form: TensorForm, value: SelectionValue, requests: readonly Request[]) {
    this.#form = form;
    this.#value = value;
    const wants = requests.flatMap((request) => (request.kind === 'cutoffs' ? request.wants : []));
    this.#searches = new Map(
      wants.map((want) => {
        return [keyOf(want), { want, prefix: undefined, remaining: 0, cutoff: undefined, equals: [] }];
      }),
    );
  }

  #open(): Search[] {
    return [...this.#searches.values()].filter(({ cutoff }) => cutoff === undefined);
  }

  next(): Pass[] {
    const open = this.#open();
    const digit = DIGITS[this.#digit];
    if (open.length === 0) return [];
    if (digit === undefined) return this.#locate(open);
    const targets = new Map<string, HistogramTarget>();
    for (const { want, prefix } of open) targets.set(`${want.input} ${prefix}`, { input: want.input, prefix });
    this.#targets = [...targets.values()];
    const { shift, bits } = digit;
    return [
      wholePass(this.#form, { kind: 'histogram', value: this.#value, shift, bits, targets: this.#targets }, 1024),
    ];
  }

  take(answers: readonly (readonly PassAnswer[])[]): void {
    const digit = DIGITS[this.#digit];
    if (digit === undefined) return this.#takeLocated(answers);
    const [parts = []] = answers;
    const size = 2 ** digit.bits + 1;
    for (const search of this.#open()) {
      const { want, prefix } = search;
      const at = this.#targets.findIndex((target) => target.input === want.input && target.prefix === prefix);
      const histograms = parts.map((answer) => ({ answer, bins: answer.numbers.subarray(at * size, (at + 1) * size) }));
      const sum = new Float64Array(size);
      for (const { bins } of histograms) for (let i = 0; i < size; i++) sum[i] = (sum[i] ?? 0) + (bins[i] ?? 0);
      if (prefix === undefined) begin(search, sum, this.#form.elements);
      if (search.cutoff !== undefined) continue;
      const bin = descend(search, sum, digit.bits);
      search.equals = histograms.map(({ answer, bins }) => ({ answer, count: bins[bin] ?? 0 }));
      // all that are equal to the last one belong to the largest: no need to look where they are
      if (digit.shift === 0 && (want.ties === true || search.remaining === (sum[bin] ?? 0))) {
        search.cutoff = { bits: search.prefix ?? 0, index: this.#form.elements };
      }
    }
    this.#digit += 1;
  }

  /** One pass a search over the chunk in which its last element is. */
  #locate(open: readonly Search[]): Pass[] {
    this.#located = [...open];
    return open.map(({ want, prefix = 0, remaining, equals }) => {
      let nth = remaining - 1;
      const part = equals.find(({ count }) => {
        if (nth < count) return true;
        nth -= count;
        return false;
      });
      if (part === undefined) throw new RangeError('a cutoff lies behind the tensor’s end');
      const { first, elements } = part.answer;
      const targets = [{ input: want.input, bits: prefix, nth }];
      const whole = wholePass(this.#form, { kind: 'locate', value: this.#value, targets }, 1024);
      return { ...whole, begin: first, end: first + elements };
    });
  }

  #takeLocated(answers: readonly (readonly PassAnswer[])[]): void {
    for (const [i, search] of this.#located.entries()) {
      // The pass may be cut into several chunks where another device has smaller limits: one of them has found it.
      const found = answers[i]?.find(({ numbers }) => (numbers[0] ?? -1) >= 0);
      if (found === undefined) throw new RangeError('an element that was counted is not there');
      search.cutoff = { bits: search.prefix ?? 0, index: found.first + (found.numbers[0] ?? 0) + 1 };
    }
  }

  answer(request: Request): Answer {
    const wants = request.kind === 'cutoffs' ? request.wants : [];
    return { kind: 'cutoffs', value: wants.map((want) => this.#searches.get(keyOf(want))?.cutoff ?? NOTHING) };
  }
}

function keyOf({ input, most }: Want): string {
  return JSON.stringify([input, most]);
}

/** Sets how many elements belong to the largest, from the first histogram. */
function begin(search: Search, sum: Float64Array, elements: number): void {
  const counted = sum.slice(0, -1).reduce((total, count) => total + count, 0);
  const { most } = search.want;
  const nonzeros = counted - (sum.at(-1) ?? 0);
  search.remaining = 'count' in most ? most.count : Math.floor(most.shareOfNonzeros * nonzeros);
  if (search.remaining <= 0) search.cutoff = NOTHING;
  else if (search.remaining >= counted) search.cutoff = { bits: 0, index: elements };
}

/** Finds the bin of the last element that belongs to the largest, and adds its bits to the prefix. */
function descend(search: Search, sum: Float64Array, bits: number): number {
  let bin = sum.length - 2;
  while (bin > 0 && (sum[bin] ?? 0) < search.remaining) search.remaining -= sum[bin--] ?? 0;
  search.prefix = (search.prefix ?? 0) * 2 ** bits + bin;
  return bin;
}
