// What all kernels that select need of a block: differences, their spread, random words.
import { differences, spreadBlock } from '../values';
import { slotAt } from '../scratch';
import { keepBlock, Term } from './keep';
import { randomWords } from './threefry';

/** Written by the host. Slots of scratch: inputs, spread, words of each key, then `free` ones. */
@unmanaged
export class Selection {
  inputs: usize;
  inputCount: i32;
  scratch: usize;
  /** Two words a key. */
  keys: usize;
  keyCount: i32;
  /** One address a key, written here. */
  words: usize;
  /** Whether the spread is asked for. */
  spread: u32;
}

/** The first slot that a kernel may use for itself. */
@inline
export function freeSlot(s: Selection): i32 {
  return s.inputCount + 1 + s.keyCount;
}

/** Differences, spread and words of elements [at, at + n) of the sub-block; `element`: of the tensor. */
export function selectBlock(s: Selection, at: i32, element: u64, n: i32): void {
  differences(s.inputs, s.inputCount, at, s.scratch, n);
  if (s.spread) spreadBlock(s.scratch, s.inputCount, slotAt(s.scratch, s.inputCount), n);
  for (let k = 0; k < s.keyCount; k++) {
    const key = s.keys + (<usize>k << 3);
    const dst = slotAt(s.scratch, s.inputCount + 1 + k);
    store<usize>(s.words + (<usize>k << 2), randomWords(load<u32>(key), load<u32>(key, 4), element, dst, n));
  }
}

/** What `term` keeps of the block, at `dst` if not in place; see keepBlock. */
@inline
export function keepTerm(s: Selection, term: Term, dst: usize, position: u32, at: i32, n: i32): usize {
  const spread = slotAt(s.scratch, s.inputCount);
  return keepBlock(term, slotAt(s.scratch, term.input), spread, s.words, dst, position, at, n);
}

