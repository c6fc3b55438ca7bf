import { readFile } from 'node:fs/promises';
import test from 'ava';
import { packageFile } from '../../src/package.ts';
import { randomWord, threefry2x32 } from '../support/reference-random.ts';

// The known answers of Random123 for Threefry-2x32 with 13 rounds: key, counter, result.
const KNOWN: readonly (readonly [number, number])[][] = [
  [
    [0, 0],
    [0, 0],
    [0x9d1c5ec6, 0x8bd50731],
  ],
  [
    [0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0xfd36d048, 0x2d17272c],
  ],
  [
    [0x13198a2e, 0x03707344],
    [0x243f6a88, 0x85a308d3],
    [0xba3e4725, 0xf27d669e],
  ],
];

interface Generator {
  threefry(key0: number, key1: number, counter: bigint, address: number, words: number): void;
}

async function kernels(): Promise<{ readonly generator: Generator; readonly words: Uint32Array }> {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true });
  const module = await WebAssembly.compile(await readFile(packageFile('dist/devices/cpu/kernels.wasm')));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { generator: exports as unknown as Generator, words: new Uint32Array(memory.buffer) };
}

test('known answers: reference and kernel', async (t) => {
  const { generator, words } = await kernels();
  for (const [key, counter, result] of KNOWN) {
    if (key === undefined || counter === undefined || result === undefined) throw new Error('no vector');
    t.deepEqual(threefry2x32(key, counter), result);
    generator.threefry(key[0], key[1], BigInt(counter[0]) + (BigInt(counter[1]) << 32n), 1024, 2);
    t.deepEqual([...words.subarray(256, 258)], [...result]);
  }
});

test('counters go on past 32 bits', async (t) => {
  const { generator, words } = await kernels();
  generator.threefry(5, 6, 2n ** 32n - 6n, 1024, 24);
  const expected = Array.from({ length: 24 }, (_, i) => randomWord([5, 6], 2 * (2 ** 32 - 6) + i));
  t.deepEqual([...words.subarray(256, 280)], expected);
});
