import type { Chunk, Counts, TensorCounts } from '../../plan/chunks/chunk.ts';
import type { CountRange } from './layout.ts';

/** Counters of each output, as the kernel lays them out: NaN, infinite, overflow. */
export function readCounts(mapped: ArrayBuffer, outputs: number): Counts[] {
  const words = new Uint32Array(mapped, 0, 3 * outputs);
  return Array.from({ length: outputs }, (_, k) => ({
    nan: words[3 * k] ?? 0,
    infinite: words[3 * k + 1] ?? 0,
    overflow: words[3 * k + 2] ?? 0,
  }));
}

function isZero(counts: Counts): boolean {
  return counts.nan === 0 && counts.infinite === 0 && counts.overflow === 0;
}

/**
 * Counts by tensor. `whole` are the chunk's own; only where they are not zero and the chunk covers several tensors
 * is it computed again, once a tensor, through `recount`.
 */
export async function countByTensor(
  chunk: Chunk,
  whole: readonly Counts[],
  recount: (range: CountRange) => Promise<readonly Counts[]>,
): Promise<TensorCounts[]> {
  if (whole.every(isZero)) return [];
  const report: TensorCounts[] = [];
  let begin = 0;
  for (const { name, end } of chunk.tensors) {
    const counts = chunk.tensors.length === 1 ? whole : await recount({ begin, end });
    counts.forEach((own, output) => {
      if (!isZero(own)) report.push({ tensor: name, output, ...own });
    });
    begin = end;
  }
  return report;
}
