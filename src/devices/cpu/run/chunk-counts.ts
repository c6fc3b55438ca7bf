import type { Chunk, Counts, TensorCounts } from '../../../plan/chunks/chunk.ts';

/** Adds up what sub-blocks count, by tensor and output. */
export class ChunkCounts {
  readonly #chunk: Chunk;
  readonly #sums: Map<number, TensorCounts> = new Map();

  constructor(chunk: Chunk) {
    this.#chunk = chunk;
  }

  add(tensor: number, found: readonly Counts[]): void {
    for (const [output, { nan, infinite, overflow }] of found.entries()) {
      if (nan + infinite + overflow === 0) continue;
      const key = tensor * found.length + output;
      const sum = this.#sums.get(key);
      this.#sums.set(key, {
        tensor: this.#chunk.tensors[tensor]?.name ?? '',
        output,
        nan: nan + (sum?.nan ?? 0),
        infinite: infinite + (sum?.infinite ?? 0),
        overflow: overflow + (sum?.overflow ?? 0),
      });
    }
  }

  list(): TensorCounts[] {
    return [...this.#sums.values()];
  }
}
