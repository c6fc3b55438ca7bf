import type { Chunk } from './chunk.ts';

/**
 * Tensors, and byte ranges of an input, that a span may have before another begins. A chunk goes to a worker thread with its tensors'
 * names and its ranges: of 100,000 small tensors that two files hold in different order, each tensor is a range, and one chunk of them
 * takes more heap than the thread has.
 */
const MOST_PARTS = 4096;

/** Whether a span takes no further tensor. */
export function isFull({ tensors, inputs }: Pick<Chunk, 'tensors' | 'inputs'>): boolean {
  return tensors.length >= MOST_PARTS || inputs.some(({ ranges }) => ranges.length >= MOST_PARTS);
}
