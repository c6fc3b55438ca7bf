import type { Chunk } from './chunk.ts';
import { type ChunkShape, cutChunks } from './cut.ts';

/**
 * Cuts spans into chunks, those of up to `shards` output files in turn: file systems let one thread at a time write to a
 * file, so that lanes that all write to one wait for one another. The chunks of a file stay in order.
 */
export function* cutInTurn(
  spans: readonly Chunk[],
  shards: number,
  chunkBytes: number,
  limits: ChunkShape,
): Generator<Chunk> {
  const waiting = spansByShard(spans).map((own) => cutChunks(own, chunkBytes, limits));
  const turns = waiting.splice(0, Math.max(1, shards));
  for (let chunks = turns.shift(); chunks !== undefined; chunks = turns.shift()) {
    const next = chunks.next();
    if (next.done) turns.push(...waiting.splice(0, 1));
    else {
      yield next.value;
      turns.push(chunks);
    }
  }
}

/** Spans by the file of their first output: the shards of further outputs mostly follow it. */
function spansByShard(spans: readonly Chunk[]): Chunk[][] {
  const byFile = new Map<number, Chunk[]>();
  for (const span of spans) {
    const file = span.outputs[0]?.file ?? 0;
    const own = byFile.get(file);
    if (own === undefined) byFile.set(file, [span]);
    else own.push(span);
  }
  return [...byFile.values()];
}
