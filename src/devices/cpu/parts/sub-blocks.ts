/** Elements [begin, begin + elements) of a chunk. */
export interface SubBlock {
  readonly begin: number;
  readonly elements: number;
}

/**
 * Cuts `elements` into steps. Where a step is no multiple of `multiple`, it is smaller, and its sub-blocks end where the
 * multiples do, so that sums over them are always made from the same blocks.
 */
export function* subBlocks(elements: number, step: number, multiple: number): Generator<SubBlock> {
  for (let begin = 0; begin < elements;) {
    const inside = step < multiple ? multiple - (begin % multiple) : step;
    const end = Math.min(elements, begin + Math.min(step, inside));
    yield { begin, elements: end - begin };
    begin = end;
  }
}
