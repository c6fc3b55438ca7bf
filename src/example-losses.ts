/** Times a value occurs in a row. */
export type Runs<Value> = readonly (readonly [value: Value, times: number])[];

/**
 * A model's losses by example, in the order of the file, so that two models can be compared example by example. Kept for every
 * variant of a sweep: what all variants share is stored in runs.
 */
export interface ExampleLosses {
  /** Summed loss of each example, in nats. */
  readonly sums: readonly number[];
  /** Predicted tokens (or queries) of each example. */
  readonly counts: Runs<number>;
  /** Group of each example; an empty name: none. */
  readonly groups: Runs<string>;
  /** By metric (`acc`, ...), '1' for each example that is right, '0' for wrong, '-' for one that is no multiple choice. */
  readonly right?: Readonly<Record<string, string>> | undefined;
}

/** A difference of two means over the same examples. */
export interface PairedDifference {
  readonly difference: number;
  /** Standard error of the difference, by the differences of single examples; undefined where a group has one example. */
  readonly error: number | undefined;
  /** How many examples were compared. */
  readonly examples: number;
}

/** Nine digits: float32 needs no more. */
function short(value: number): number {
  return Number(value.toPrecision(9));
}

/** What one example adds to a mean: nats, predicted tokens, and its group. */
interface Part {
  readonly sum: number;
  readonly count: number;
  readonly group: string | undefined;
}

export function exampleLosses(parts: readonly Part[], right?: Readonly<Record<string, string>>): ExampleLosses {
  return {
    sums: parts.map(({ sum }) => short(sum)),
    counts: runsOf(parts.map(({ count }) => count)),
    groups: runsOf(parts.map(({ group }) => group ?? '')),
    ...(right && { right }),
  };
}

/**
 * The difference a - b of a metric, with its standard error over the examples (paired).
 * @param metric "loss", a group's name, "acc", "acc_norm", "acc_bytes", or one of these and ".GROUP"
 * @returns undefined where the metric is not one of examples, or the examples are not the same
 */
export function pairedDifference(a: ExampleLosses, b: ExampleLosses, metric: string): PairedDifference | undefined {
  if (JSON.stringify([a.counts, a.groups]) !== JSON.stringify([b.counts, b.groups])) return undefined;
  const groups = unfold(a.groups);
  const [name = '', only] = /^(acc(?:_norm|_bytes)?)(?:\.(.+))?$/s.exec(metric)?.slice(1) ?? [];
  if (a.right?.[name] !== undefined) return accuracyDifference(a.right[name], b.right?.[name], groups, only);
  const names = [...new Set(groups)].filter((group) => group !== '');
  const wanted = metric === 'loss' ? (names.length > 0 ? names : ['']) : names.filter((group) => group === metric);
  if (wanted.length === 0) return undefined;
  const counts = unfold(a.counts);
  const each = wanted.map((group) => {
    const members = groups.flatMap((own, index) => (own === group ? [index] : []));
    return ratioDifference(
      members.map((index) => (a.sums[index] ?? 0) - (b.sums[index] ?? 0)),
      members.map((index) => counts[index] ?? 0),
    );
  });
  const errors = each.map(({ error }) => error);
  return {
    difference: each.reduce((sum, one) => sum + one.difference, 0) / each.length,
    error: errors.some((error) => error === undefined)
      ? undefined
      : Math.sqrt(errors.reduce((sum: number, error) => sum + (error ?? 0) ** 2, 0)) / each.length,
    examples: each.reduce((sum, one) => sum + one.examples, 0),
  };
}

/** Σ differences / Σ counts, and the standard error of that ratio by its residuals. */
function ratioDifference(differences: readonly number[], counts: readonly number[]): PairedDifference {
  const n = differences.length;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const difference = differences.reduce((sum, value) => sum + value, 0) / total;
  const squares = differences.reduce((sum, value, i) => sum + (value - difference * (counts[i] ?? 0)) ** 2, 0);
  const error = n < 2 ? undefined : Math.sqrt((n / (n - 1)) * squares) / total;
  return { difference, error, examples: n };
}

function accuracyDifference(
  a: string,
  b: string | undefined,
  groups: readonly string[],
  only: string | undefined,
): PairedDifference | undefined {
  if (b === undefined || a.length !== b.length) return undefined;
  const members = [...a].flatMap((one, i) => {
    return one === '-' || (only !== undefined && groups[i] !== only) ? [] : [Number(one) - Number(b[i])];
  });
  if (members.length === 0) return undefined;
  return ratioDifference(
    members,
    members.map(() => 1),
  );
}

function runsOf<Value>(values: readonly Value[]): Runs<Value> {
  const runs: [Value, number][] = [];
  for (const value of values) {
    const last = runs.at(-1);
    if (last?.[0] === value) last[1] += 1;
    else runs.push([value, 1]);
  }
  return runs;
}

function unfold<Value>(runs: Runs<Value>): Value[] {
  return runs.flatMap(([value, times]) => Array.from({ length: times }, () => value));
}
