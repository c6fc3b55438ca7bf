import type { BenchCase } from '../bench-case.ts';
import { manySmall, shapeBytes } from '../inputs/shape.ts';
import { raceMerge } from '../merge-race.ts';

export const smallTensors: BenchCase = {
  name: 'small-tensors',
  describe: '10,000 small tensors against the same bytes in 16 large ones',
  async run(bench) {
    for (const count of [16, 10_000]) {
      const shape = manySmall(count, bench.size, 'BF16');
      const inputs = [bench.checkpoint(shape, 'BF16', 1), bench.checkpoint(shape, 'BF16', 2)];
      const title = `small-tensors: ${count} tensors`;
      const outputBytes = shapeBytes(shape, 'BF16');
      await raceMerge(bench, { title, inputs, dtype: 'BF16', outputBytes, withPeers: false });
    }
  },
};
