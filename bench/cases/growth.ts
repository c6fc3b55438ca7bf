import type { BenchCase } from '../bench-case.ts';
import { llamaOfBytes } from '../inputs/shape.ts';
import { raceMerge } from '../merge-race.ts';

export const growth: BenchCase = {
  name: 'growth',
  describe: 'pairs of 1, 4 and 8 times the size: time per byte and memory must stay flat',
  async run(bench) {
    for (const factor of [1, 4, 8]) {
      const shape = llamaOfBytes(bench.size * factor, 'BF16');
      const title = `growth: BF16 pair, ${factor} x`;
      // the pair and one output, and some room
      const needed = 3.2 * bench.size * factor;
      if (bench.free() < needed) {
        bench.say(title, `left out: needs ${needed} bytes, ${bench.free()} are free; --dir may name a larger place`);
        continue;
      }
      const inputs = [bench.checkpoint(shape, 'BF16', 1), bench.checkpoint(shape, 'BF16', 2)];
      const outputBytes = inputs[0]?.bytes ?? 0;
      await raceMerge(bench, { title, inputs, dtype: 'BF16', outputBytes, withPeers: false });
    }
  },
};
