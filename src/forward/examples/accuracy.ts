/** The log-likelihoods of one multiple-choice example. */
export interface ScoredChoices {
  /** Number of the example in its file, from 0. */
  readonly index: number;
  readonly group: string | undefined;
  /** Index of the right choice. */
  readonly answer: number;
  /** Nats, one number a choice. */
  readonly sums: readonly number[];
  /** Lengths of the choices as written: Unicode code points and UTF-8 bytes. */
  readonly characters: readonly number[];
  readonly bytes: readonly number[];
}

/** lm-evaluation-harness's metrics and their standard errors; a single item has no standard error. */
export interface Accuracy {
  /** How many items. */
  readonly n: number;
  /** Share of items whose right choice has the largest log-likelihood. */
  readonly acc: number;
  readonly acc_stderr: number | undefined;
  /** The same with log-likelihoods divided by the choice's number of characters. */
  readonly acc_norm: number;
  readonly acc_norm_stderr: number | undefined;
  /** The same with log-likelihoods divided by the choice's number of UTF-8 bytes. */
  readonly acc_bytes: number;
  readonly acc_bytes_stderr: number | undefined;
}

/** Accuracy over all items, and of each group. */
export interface ChoiceAccuracy extends Accuracy {
  /** In the order of the file. */
  readonly items: readonly ScoredChoices[];
  readonly groups: Readonly<Record<string, Accuracy>>;
}

/** The accuracies of a file's multiple-choice examples; undefined where it has none. */
export function accuracyOf(items: readonly ScoredChoices[]): ChoiceAccuracy | undefined {
  if (items.length === 0) return undefined;
  const names = [...new Set(items.flatMap(({ group }) => (group === undefined ? [] : [group])))];
  const groups = names.map((name) => [name, accuracy(items.filter(({ group }) => group === name))] as const);
  return { ...accuracy(items), items, groups: Object.fromEntries(groups) };
}

function accuracy(items: readonly ScoredChoices[]): Accuracy {
  const share = (lengthsOf: (item: ScoredChoices) => readonly number[] | undefined): Mean =>
    meanOf(items.map((item) => Number(predicted(item.sums, lengthsOf(item)) === item.answer)));
  const [plain, characters, bytes] = [
    share(() => undefined),
    share((item) => item.characters),
    share((item) => item.bytes),
  ];
  return {
    n: items.length,
    acc: plain.mean,
    acc_stderr: plain.error,
    acc_norm: characters.mean,
    acc_norm_stderr: characters.error,
    acc_bytes: bytes.mean,
    acc_bytes_stderr: bytes.error,
  };
}

const LENGTHS = { acc: undefined, acc_norm: 'characters', acc_bytes: 'bytes' } as const;

/** Which examples are right, by metric: a character for each example of the file. Undefined where none is a multiple choice. */
export function rightOf(items: readonly ScoredChoices[], examples: number): Record<string, string> | undefined {
  if (items.length === 0) return undefined;
  const texts = Object.entries(LENGTHS).map(([metric, lengths]) => {
    const right = Array.from({ length: examples }, () => '-');
    for (const item of items) {
      const choice = predicted(item.sums, lengths && item[lengths]);
      right[item.index] = choice === item.answer ? '1' : '0';
    }
    return [metric, right.join('')] as const;
  });
  return Object.fromEntries(texts);
}

/** Index of the largest value, the first of equal ones. */
function predicted(sums: readonly number[], lengths: readonly number[] | undefined): number {
  const scores = sums.map((sum, index) => sum / (lengths?.[index] ?? 1));
  return scores.indexOf(Math.max(...scores));
}

interface Mean {
  readonly mean: number;
  readonly error: number | undefined;
}

/** Mean and standard error: sqrt(Σ(x - mean)² / (n - 1)) / sqrt(n). */
function meanOf(values: readonly number[]): Mean {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { mean, error: undefined };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (n - 1)) / Math.sqrt(n) };
}
