import type { Chunk } from './chunk.ts';
import { type ChunkShape, cutChunks } from './cut.ts';

/**
 * Cuts spans into chunks, those of up to `shards` output files in turn: file systems let one thread at a time write to a
 * file, so that lanes that all write to one wait for one another. The chunks of a file stay in order.
 */
export function cutInTurn(
  spans: readonly Chunk[],
  shards: number,
  chunkBytes: number,
  limits: ChunkShape,
): Generator<Chunk> {
  const cut = byFile(spans, fileOf).map((own) => cutChunks(own, chunkBytes, limits));
  return takeTurns(cut, shards);
}

/** The same for whole items, such as jobs: those of up to `shards` files in turn. */
export function inTurn<T>(items: readonly T[], file: (item: T) => number, shards: number): Generator<T> {
  return takeTurns(
    byFile(items, file).map((own) => own.values()),
    shards,
  );
}

function* takeTurns<T>(waiting: Iterator<T>[], shards: number): Generator<T> {
  const turns = waiting.splice(0, Math.max(1, shards));
  for (let items = turns.shift(); items !== undefined; items = turns.shift()) {
    const next = items.next();
    if (next.done) turns.push(...waiting.splice(0, 1));
    else {
      yield next.value;
      turns.push(items);
    }
  }
}

/** The shards of further outputs mostly follow that of the first. */
function fileOf({ outputs }: Chunk): number {
  return outputs[0]?.file ?? 0;
}

function byFile<T>(items: readonly T[], file: (item: T) => number): T[][] {
  const files = new Map<number, T[]>();
  for (const item of items) {
    const own = files.get(file(item));
    if (own === undefined) files.set(file(item), [item]);
    else own.push(item);
  }
  return [...files.values()];
}
