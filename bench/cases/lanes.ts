import type { BenchCase } from '../bench-case.ts';
import { floor } from '../contenders/floor.ts';
import { swizzle } from '../contenders/swizzle.ts';
import { llamaOfBytes } from '../inputs/shape.ts';
import { equalShares } from '../merge-race.ts';

const THREADS = [1, 2, 4, 8, 16];

export const lanes: BenchCase = {
  name: 'lanes',
  describe: 'a bf16 pair by number of lane threads (1, 2, 4, 8, 16), on every device',
  async run(bench) {
    const shape = llamaOfBytes(bench.size, 'BF16');
    const inputs = [bench.checkpoint(shape, 'BF16', 1), bench.checkpoint(shape, 'BF16', 2)];
    const [first] = inputs;
    const recipe = bench.file('recipe.yml', equalShares(inputs, 'BF16'));
    for (const { name, args } of bench.devices) {
      await bench.race({
        title: `lanes: ${name}`,
        floor: floor(
          inputs.flatMap(({ shards }) => shards),
          first?.shards ?? [],
          bench.output,
        ),
        contenders: THREADS.map((threads) => ({
          name: `${threads} lane${threads === 1 ? '' : 's'}`,
          command: {
            argv: swizzle('merge', recipe, '-o', bench.output, '--quiet', '--lanes', String(threads), ...args),
          },
        })),
        outputBytes: first?.bytes ?? 0,
        output: bench.output,
      });
    }
  },
};
