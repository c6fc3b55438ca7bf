// What all kernels that select need of a block: differences, their spread, halves of random draws.
import { differences, spreadBlock } from '../values';
import { slotAt } from '../scratch';
import { keepBlock, keepRandom, Kind, Term } from './keep';
import { upperHalves } from './threefry';

/** Written by the host. Slots of scratch: inputs, spread, halves of each key, then `free` ones. */
@unmanaged
export class Selection {
  inputs: usize;
  inputCount: i32;
  scratch: usize;
  /** Two words a key. */
  keys: usize;
  keyCount: i32;
  /** One address a key, written here. */
  halves: usize;
  /** Whether the spread is asked for. */
  spread: u32;
}

/** The first slot that a kernel may use for itself. */
@inline
export function freeSlot(s: Selection): i32 {
  return s.inputCount + 1 + s.keyCount;
}

/** Differences, spread and halves of elements [at, at + n) of the sub-block; `element`: of the tensor. */
export function selectBlock(s: Selection, at: i32, element: u64, n: i32): void {
  differences(s.inputs, s.inputCount, at, s.scratch, n);
  if (s.spread) spreadBlock(s.scratch, s.inputCount, slotAt(s.scratch, s.inputCount), n);
  for (let k = 0; k < s.keyCount; k++) {
    const key = s.keys + (<usize>k << 3);
    const dst = slotAt(s.scratch, s.inputCount + 1 + k);
    store<usize>(s.halves + (<usize>k << 2), upperHalves(load<u32>(key), load<u32>(key, 4), element, dst, n));
  }
}

/** What `term` keeps of the block, at `dst` if not in place; see keepBlock. `element`: of the tensor, the block's first. */
@inline
export function keepTerm(s: Selection, term: Term, dst: usize, position: u32, at: i32, element: u64, n: i32): usize {
  const delta = slotAt(s.scratch, term.input);
  if (term.kind == Kind.Random) {
    const key = s.keys + (<usize>term.key << 3);
    const halves = load<usize>(s.halves + (<usize>term.key << 2));
    keepRandom(halves, term.below, load<u32>(key), load<u32>(key, 4), element, delta, dst, n);
    return dst;
  }
  return keepBlock(term, delta, slotAt(s.scratch, s.inputCount), dst, position, at, n);
}
