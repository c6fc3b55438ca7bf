import type { ChunkTensor } from '../../../plan/chunks/chunk.ts';

/** Elements [begin, end) of a chunk that belong to one tensor. */
export interface Segment {
  /** Index in the chunk's tensors. */
  readonly tensor: number;
  readonly begin: number;
  readonly end: number;
}

/** Walks a chunk's tensors from front to back. */
export class SegmentWalk {
  readonly #tensors: readonly ChunkTensor[];
  #tensor = 0;

  constructor(tensors: readonly ChunkTensor[]) {
    this.#tensors = tensors;
  }

  /** The parts of tensors in [begin, end); `begin` never goes back. Elements past the last tensor count as its own. */
  *within(begin: number, end: number): Generator<Segment> {
    const last = this.#tensors.length - 1;
    for (let at = begin; at < end;) {
      while (this.#tensor < last && (this.#tensors[this.#tensor]?.end ?? end) <= at) this.#tensor++;
      const stop = this.#tensor < last ? Math.min(end, this.#tensors[this.#tensor]?.end ?? end) : end;
      yield { tensor: this.#tensor, begin: at, end: stop };
      at = stop;
    }
  }
}
