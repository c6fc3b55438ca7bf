import type { BenchCase } from '../bench-case.ts';
import { llamaOfBytes } from '../inputs/shape.ts';
import { raceMerge } from '../merge-race.ts';

export const growth: BenchCase = {
  name: 'growth',
  describe: 'pairs of 1, 4 and 8 times the size: time per byte and memory must stay flat',
  async run(bench) {
    for (const factor of [1, 4, 8]) {
      bench.clear();
      const size = bench.size * factor;
      const shape = llamaOfBytes(size, 'BF16');
      const title = `growth: BF16 pair, ${factor} x`;
      const free = bench.free();
      // inputs and one output, and some room
      if (free < 2.2 * size) {
        bench.say(title, `left out: needs ${2.2 * size} bytes, ${free} are free; --dir may name a larger place`);
        continue;
      }
      const first = bench.checkpoint(shape, 'BF16', 1);
      const second = free < 3.2 * size ? first : bench.checkpoint(shape, 'BF16', 2);
      await raceMerge(bench, {
        title: first === second ? `${title}, one model read twice for lack of room` : title,
        inputs: [first, second],
        dtype: 'BF16',
        outputBytes: first.bytes,
        withPeers: false,
      });
    }
  },
};
