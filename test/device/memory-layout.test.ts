import test from 'ava';
import { layOut, WORK_BYTES } from '../../src/devices/cpu/memory/memory-layout.ts';
import type { Chunk } from '../../src/plan/chunks/chunk.ts';

/** A weighted sum of BF16 operands, read from these bytes of a file on. */
function chunkAt(begins: readonly number[]): Chunk {
  const elements = 1_000_000;
  return {
    kernel: 'weighted_sum',
    elements,
    inputs: begins.map((begin) => ({ dtype: 'BF16', ranges: [{ file: 0, begin, end: begin + elements * 2 }] })),
    outputs: [{ dtype: 'BF16', file: 0, begin: 0, weights: begins.map(() => 1 / begins.length) }],
    onOverflow: 'inf',
    tensors: [{ name: 'a', end: elements }],
  };
}

test('no input lies where the copy from its file would be slow', (t) => {
  for (let begin = 0; begin < 4096; begin += 8) {
    const begins = [begin, begin + 1000, begin + 7];
    const { inputs, elements } = layOut(chunkAt(begins));
    t.is((elements * 2) % 1024, 0);
    for (const [i, address] of inputs.entries()) {
      const apart = ((((begins[i] ?? 0) - address) % 1024) + 1024) % 1024;
      t.true(apart >= 16 && apart <= 1024 - 16, `byte ${begins[i]} is read to ${address}`);
    }
  }
});

test('operands lie apart and within the lane’s work area', (t) => {
  for (const begins of [[0], [0, 8], Array.from({ length: 40 }, (_, i) => i * 8)]) {
    const { inputs, outputs, elements } = layOut(chunkAt(begins));
    const all = [...inputs, ...outputs];
    for (const [i, address] of all.entries()) {
      t.is(address % 64, 0);
      t.true(address + elements * 2 + 128 <= (all[i + 1] ?? WORK_BYTES));
    }
  }
});
