import { execFileSync } from 'node:child_process';
import type { BenchCase } from '../bench-case.ts';
import { swizzle } from '../contenders/swizzle.ts';
import { llama, shapeBytes, SOLAR } from '../inputs/shape.ts';
import { equalShares, raceMerge } from '../merge-race.ts';

export const solar: BenchCase = {
  name: 'solar',
  describe: "SOLAR-10.7B's shape in five shards: whole where the disk allows, else an eighth of its layers",
  async run(bench) {
    const whole = llama(SOLAR, 5);
    const fits = bench.free() > 3.2 * shapeBytes(whole, 'BF16');
    const layers = fits ? SOLAR.layers : SOLAR.layers / 8;
    const shape = fits ? whole : llama({ ...SOLAR, layers }, 5);
    const inputs = [bench.checkpoint(shape, 'BF16', 1), bench.checkpoint(shape, 'BF16', 2)];
    const [program = '', ...args] = swizzle('merge', bench.file('solar.yml', equalShares(inputs, 'F16')));
    const plan = execFileSync(program, [...args, '-o', bench.output, '--dry-run', '--device', 'cpu'], {
      encoding: 'utf8',
    });
    bench.say(`solar: plan of ${layers} layers`, plan);
    await raceMerge(bench, {
      title: `solar: ${layers} of ${SOLAR.layers} layers, BF16 pair -> F16`,
      inputs,
      dtype: 'F16',
      outputBytes: shapeBytes(shape, 'F16'),
      withPeers: true,
    });
  },
};
