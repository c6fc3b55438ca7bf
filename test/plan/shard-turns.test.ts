import test from 'ava';
import type { Chunk } from '../../src/plan/chunks/chunk.ts';
import { cutInTurn } from '../../src/plan/chunks/shard-turns.ts';
import { sumChunk } from '../support/chunks.ts';

const STEP = 1024;
const CHUNK_BYTES = 4 * STEP;
const LIMITS = { inputBytes: 2 ** 30, outputBytes: 2 ** 30 };

/** A span of `chunks` chunks that goes to output `file` from byte `begin` on. */
function span(file: number, begin: number, chunks: number): Chunk {
  const whole = sumChunk('F32', chunks * STEP, [0.5, 0.5]);
  return { ...whole, outputs: whole.outputs.map((output) => ({ ...output, file, begin })) };
}

/** Chunks as "file@number of the chunk in it". */
function order(spans: readonly Chunk[], shards: number): string[] {
  return [...cutInTurn(spans, shards, CHUNK_BYTES, LIMITS)].map(({ outputs: [output] }) => {
    return `${output?.file}@${(output?.begin ?? 0) / CHUNK_BYTES}`;
  });
}

// shards 0, 1 and 2 of 3, 1 and 2 chunks; shard 0 has two spans
const SPANS = [span(0, 0, 2), span(0, 2 * CHUNK_BYTES, 1), span(1, 0, 1), span(2, 0, 2)];

test('shards take turns, each in its own order; one that is done makes room for the next', (t) => {
  t.deepEqual(order(SPANS, 2), ['0@0', '1@0', '0@1', '0@2', '2@0', '2@1']);
  t.deepEqual(order(SPANS, 3), ['0@0', '1@0', '2@0', '0@1', '2@1', '0@2']);
  t.deepEqual(order(SPANS, 16), order(SPANS, 3));
});

test('one shard at a time is file order', (t) => {
  t.deepEqual(order(SPANS, 1), ['0@0', '0@1', '0@2', '1@0', '2@0', '2@1']);
  t.deepEqual(order([], 1), []);
});
