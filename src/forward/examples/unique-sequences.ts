import type { Sequence } from '../sequences.ts';

/** Sequences by what they are made from: what occurs several times is computed once. */
export class UniqueSequences {
  readonly list: Sequence[] = [];
  readonly #known: Map<string, number> = new Map();

  /** @returns the sequence's number in `list` */
  add(key: string, make: () => Sequence): number {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.list.push(make());
    this.#known.set(key, this.list.length - 1);
    return this.list.length - 1;
  }
}
