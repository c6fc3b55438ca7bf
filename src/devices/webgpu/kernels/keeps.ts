import type { Chunk, ChunkPart } from '../../../plan/chunks/chunk.ts';
import type { Cutoff, Keep, RandomKey } from '../../../plan/kernel/statistics.ts';
import { type Item, item, type Lists, type Settings, when } from './template.ts';

/** What a sum does with one difference. */
export interface Term {
  readonly input: number;
  readonly keep: Keep;
  /** Numbers that stand behind the settings of `keep`. */
  readonly numbers: readonly number[];
  /** Names of the kernel's own. */
  readonly values?: Readonly<Record<string, number>>;
}

/** What no value is above. */
const NO_BITS = 0xffff_ffff;

/** The variants of shaders/lib/kept.wgsl. */
const VARIANTS = ['all', 'largest', 'band', 'widest', 'random'] as const;
type Variant = (typeof VARIANTS)[number] | 'none';

/** A keep as a variant and its four words. */
interface Packed {
  readonly variant: Variant;
  readonly words: readonly number[];
  readonly key?: RandomKey;
}

/** Terms for shaders/lib/kept.wgsl, collected from all outputs or targets of a chunk. */
export class Terms {
  readonly #chunk: Chunk;
  readonly #part: ChunkPart;
  readonly #settings: Settings;
  readonly #terms: Item[] = [];
  readonly #keys: Item[] = [];
  readonly #keyNumbers = new Map<string, number>();
  #spread = false;

  constructor(chunk: Chunk, part: ChunkPart, settings: Settings) {
    this.#chunk = chunk;
    this.#part = part;
    this.#settings = settings;
  }

  /** The item of a term, numbered; undefined where no shader has its keep. Items of the same number keep the same. */
  add({ input, keep, numbers, values }: Term): Item | undefined {
    if (keep.kind === 'ranked') return undefined;
    const { variant, words, key } = this.#pack(keep);
    this.#spread ||= variant === 'widest';
    const at = this.#settings.integers(...words);
    this.#settings.floats(...numbers);
    const r = key === undefined ? 0 : this.#keyNumber(key);
    const lists: Lists = Object.fromEntries(VARIANTS.map((name) => [name, when(name === variant)]));
    const term = item({ n: this.#terms.length, i: input, at, r, ...values }, lists);
    this.#terms.push(term);
    return term;
  }

  /** The lists that the kernel needs, once all terms are added. */
  lists(): Lists {
    const spread = this.#spread ? [item({ at: addTerms(this.#settings, this.#chunk.inputs.length - 1) })] : [];
    return { term: this.#terms, key: this.#keys, spread };
  }

  #pack(keep: Exclude<Keep, { kind: 'ranked' }>): Packed {
    const place = ({ bits, index }: Cutoff): number[] => {
      return [Math.min(bits, NO_BITS), Math.min(Math.max(index - this.#part.first, 0), this.#chunk.elements)];
    };
    switch (keep.kind) {
      case 'all':
      case 'none':
        return { variant: keep.kind, words: [0, 0, 0, 0] };
      case 'band':
        if (keep.outside === undefined) return { variant: 'largest', words: [...place(keep.inside), 0, 0] };
        return { variant: 'band', words: [...place(keep.inside), ...place(keep.outside)] };
      case 'spread':
        return { variant: 'widest', words: [...place(keep.inside), 0, 0] };
      case 'random': {
        // draw < below, where below may be 2^32
        const most = Math.ceil(keep.below) - 1;
        if (most < 0) return { variant: 'none', words: [0, 0, 0, 0] };
        return { variant: 'random', words: [most >>> 16, most & 0xffff, 0, 0], key: keep.key };
      }
    }
  }

  /** Terms of one key share their random draws. */
  #keyNumber(key: RandomKey): number {
    const known = this.#keyNumbers.get(key.join());
    if (known !== undefined) return known;
    const counter = this.#part.first / 4;
    const at = this.#settings.integers(...key, counter % 2 ** 32, Math.floor(counter / 2 ** 32));
    const number = this.#keys.length;
    this.#keys.push(item({ r: number, at }));
    this.#keyNumbers.set(key.join(), number);
    return number;
  }
}

/** Adds what shaders/lib/spread.wgsl divides by; returns its place. */
export function addTerms(settings: Settings, count: number): number {
  return settings.floats(count, 1 / count);
}
