import { NULL_ADAPTER } from '../../src/devices/webgpu/adapters.ts';
import type { BenchCase } from '../bench-case.ts';
import { floor } from '../contenders/floor.ts';
import { swizzle } from '../contenders/swizzle.ts';
import { llamaOfBytes } from '../inputs/shape.ts';
import { equalShares } from '../merge-race.ts';

const THREADS = [1, 2];

export const host: BenchCase = {
  name: 'host',
  describe: "what lanes cost without any computing: a bf16 pair on Dawn's null backend, with 1 and 2 lane threads",
  async run(bench) {
    const shape = llamaOfBytes(bench.size, 'BF16');
    const inputs = [bench.checkpoint(shape, 'BF16', 1), bench.checkpoint(shape, 'BF16', 2)];
    const [first] = inputs;
    const recipe = bench.file('recipe.yml', equalShares(inputs, 'BF16'));
    const merge = (...args: readonly string[]): string[] => {
      return swizzle('merge', recipe, '-o', bench.output, '--quiet', ...args);
    };
    await bench.race({
      title: 'host: BF16 + BF16 -> BF16',
      floor: floor(
        inputs.flatMap(({ shards }) => shards),
        first?.shards ?? [],
        bench.output,
      ),
      contenders: [
        { name: 'cpu', command: { argv: merge('--device', 'cpu') } },
        ...THREADS.map((threads) => ({
          name: `null, ${threads} thread${threads === 1 ? '' : 's'}`,
          command: { argv: merge('--device', 'webgpu', '--adapter', NULL_ADAPTER, '--lanes', String(threads)) },
        })),
      ],
      outputBytes: first?.bytes ?? 0,
      output: bench.output,
    });
  },
};
