/** Tokens that are computed together, alone: no padding, and no other sequence sees them. */
export interface Sequence {
  readonly tokens: readonly number[];
  /** Segment of each token, for encoders of pairs; undefined: all 0. */
  readonly types?: readonly number[] | undefined;
  /** Rows that are taken on at the end, in order. */
  readonly picked: readonly number[];
  /** For each of them, the token that should come next; empty for encoders. */
  readonly targets: readonly number[];
}

/** Sequences whose rows pass through a stage together. */
export interface Batch {
  /** Sequences [begin, end). */
  readonly begin: number;
  readonly end: number;
  /** The batch's first row among all rows, and how many; the same of picked rows. */
  readonly row: number;
  readonly rows: number;
  readonly pickedRow: number;
  readonly pickedRows: number;
}

/** A sequence whose every token but the first is to be predicted. */
export function predictAll(tokens: readonly number[]): Sequence {
  return predictFrom(tokens, 1);
}

/**
 * A sequence of which tokens `begin` (at least 1) and later are to be predicted, each by the one before it.
 * @param isLastGiven false: the last token is predicted, but not given to the model
 */
export function predictFrom(
  tokens: readonly number[],
  begin: number,
  { isLastGiven }: { readonly isLastGiven: boolean } = { isLastGiven: true },
): Sequence {
  const targets = tokens.slice(begin);
  return {
    tokens: isLastGiven ? tokens : tokens.slice(0, -1),
    picked: targets.map((_, index) => begin - 1 + index),
    targets,
  };
}

/** Cuts sequences into batches of at most `most` rows; a longer sequence is a batch of its own. */
export function batchesOf(sequences: readonly Sequence[], most: number): Batch[] {
  const batches: Batch[] = [];
  let [begin, row, rows, pickedRow, pickedRows] = [0, 0, 0, 0, 0];
  const close = (end: number): void => {
    if (end > begin) batches.push({ begin, end, row, rows, pickedRow, pickedRows });
    [begin, row, pickedRow, rows, pickedRows] = [end, row + rows, pickedRow + pickedRows, 0, 0];
  };
  for (const [index, { tokens, picked }] of sequences.entries()) {
    if (rows + tokens.length > most) close(index);
    rows += tokens.length;
    pickedRows += picked.length;
  }
  close(sequences.length);
  return batches;
}
