import type { Dtype } from '../../src/dtype.ts';
import type { BenchCase } from '../bench-case.ts';
import { llamaOfBytes, shapeBytes } from '../inputs/shape.ts';
import { raceMerge } from '../merge-race.ts';

const PAIRS: readonly (readonly [first: Dtype, second: Dtype, output: Dtype])[] = [
  ['BF16', 'BF16', 'BF16'],
  ['F16', 'BF16', 'F16'],
  ['F32', 'F32', 'F16'],
];

export const pair: BenchCase = {
  name: 'pair',
  describe: 'a pair of checkpoints: bf16 -> bf16, f16 + bf16 -> f16, f32 -> f16',
  async run(bench) {
    for (const [first, second, output] of PAIRS) {
      const shape = llamaOfBytes(bench.size, first);
      const inputs = [bench.checkpoint(shape, first, 1), bench.checkpoint(shape, second, 2)];
      await raceMerge(bench, {
        title: `pair: ${first} + ${second} -> ${output}`,
        inputs,
        dtype: output,
        outputBytes: shapeBytes(shape, output),
        withPeers: true,
      });
    }
  },
};
