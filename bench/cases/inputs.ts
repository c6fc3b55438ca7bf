import type { BenchCase } from '../bench-case.ts';
import { llamaOfBytes } from '../inputs/shape.ts';
import { raceMerge } from '../merge-race.ts';

export const inputs: BenchCase = {
  name: 'inputs',
  describe: '2, 4 and 8 inputs',
  async run(bench) {
    const shape = llamaOfBytes(bench.size / 2, 'BF16');
    for (const count of [2, 4, 8]) {
      const made = Array.from({ length: count }, (_, i) => bench.checkpoint(shape, 'BF16', i + 1));
      const outputBytes = made[0]?.bytes ?? 0;
      const title = `inputs: ${count} of half the size`;
      await raceMerge(bench, { title, inputs: made, dtype: 'BF16', outputBytes, withPeers: true });
    }
  },
};
