import { SwizzleError } from '../../../errors.ts';
import type { Cutoff, Keep, RandomKey } from '../../../plan/kernel/statistics.ts';
import type { PartMemory } from './part-memory.ts';
import { RankedMasks } from './ranked-masks.ts';

/** A task vector with what is kept of it, and its factors in a sum. */
export interface KeptInput {
  readonly input: number;
  readonly keep: Keep;
  readonly weight?: number;
  readonly vote?: number;
  readonly share?: number;
}

/** Sizes in bytes of the classes Term and Selection in wasm/select. */
export const TERM_BYTES = 52;
const SELECTION_BYTES = 28;

const MAGNITUDE = 0x7fff_ffff;
const KINDS: Readonly<Record<Keep['kind'], number>> = { all: 0, none: 1, band: 2, spread: 3, random: 4, ranked: 5 };

/** Cutoffs of nothing: no element is within. */
const NOTHING: Cutoff = { bits: MAGNITUDE, index: 0 };

/** Tables of kept task vectors for the kernels that select: random keys, masks by rank, terms. */
export class KeepTable {
  readonly masks: RankedMasks;
  /** Address of the Selection that kernels take. */
  readonly selection: number;
  readonly #memory: PartMemory;
  readonly #keys: readonly RandomKey[];

  /** @param ownSlots slots of scratch that the kernel uses beside the selection's */
  constructor(memory: PartMemory, kept: readonly KeptInput[], ownSlots: number) {
    const inputCount = memory.chunk.inputs.length;
    const wrong = kept.find(({ input }) => input < 1 || input >= inputCount);
    if (wrong !== undefined) throw new SwizzleError('internal', `input ${wrong.input} of ${inputCount} as task vector`);
    this.#memory = memory;
    const keys = new Map<string, RandomKey>();
    for (const { keep } of kept) if (keep.kind === 'random') keys.set(keep.key.join(' '), keep.key);
    this.#keys = [...keys.values()];
    const table = memory.take(this.#keys.length * 8);
    for (const [k, [low, high]] of this.#keys.entries())
      memory
        .write(table + k * 8)
        .u32(low)
        .u32(high);
    const scratch = memory.takeSlots(inputCount + 1 + this.#keys.length + ownSlots);
    this.masks = new RankedMasks(memory, kept, scratch);
    this.selection = memory.take(SELECTION_BYTES);
    memory
      .write(this.selection)
      .u32(memory.inputTable)
      .u32(inputCount)
      .u32(scratch)
      .u32(table)
      .u32(this.#keys.length)
      .u32(memory.take(this.#keys.length * 4))
      .u32(kept.some(({ keep }) => keep.kind === 'spread') ? 1 : 0);
  }

  /** Writes a Term of wasm/select/keep.ts at `address`; after the masks are placed. */
  writeTerm(address: number, { input, keep, weight = 0, vote = 0, share = 0 }: KeptInput): void {
    const inside = this.#local('inside' in keep ? keep.inside : NOTHING);
    const outside = this.#local(keep.kind === 'band' ? (keep.outside ?? NOTHING) : NOTHING);
    const random = keep.kind === 'random' ? randomBound(keep.below) : { kind: KINDS[keep.kind], below: 0 };
    this.#memory
      .write(address)
      .u32(input)
      .u32(random.kind)
      .u32(inside.bits)
      .u32(inside.index)
      .u32(outside.bits)
      .u32(outside.index)
      .u32(random.below)
      .u32(keep.kind === 'random' ? this.#keys.findIndex(([a, b]) => a === keep.key[0] && b === keep.key[1]) : 0)
      .u32(keep.kind === 'ranked' ? this.masks.addressOf(input, keep) : 0)
      .f32(weight)
      .f32(vote)
      .f32(share);
  }

  /** A cutoff whose index counts the chunk's elements. */
  #local({ bits, index }: Cutoff): Cutoff {
    if (bits > MAGNITUDE) return NOTHING;
    const { part, chunk } = this.#memory;
    return { bits, index: Math.min(Math.max(0, index - part.first), chunk.elements) };
  }
}

/** A bound that no word reaches, or that all do, needs no words. */
function randomBound(below: number): { readonly kind: number; readonly below: number } {
  if (below >= 2 ** 32) return { kind: KINDS.all, below: 0 };
  return { kind: KINDS.random, below: Math.max(0, Math.ceil(below)) };
}
