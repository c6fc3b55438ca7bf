import type { Bench, BenchCase } from '../bench-case.ts';
import { floor } from '../contenders/floor.ts';
import { type DeviceOption, swizzle } from '../contenders/swizzle.ts';
import type { MadeCheckpoint } from '../inputs/make-checkpoint.ts';
import { llamaOfBytes } from '../inputs/shape.ts';
import type { Contender } from '../race.ts';

export const outputs: BenchCase = {
  name: 'outputs',
  describe: '1, 2, 4 and 8 outputs from one read, against as many single merges; 64 that are only compared',
  async run(bench) {
    const shape = llamaOfBytes(bench.size, 'BF16');
    const pair = [bench.checkpoint(shape, 'BF16', 1), bench.checkpoint(shape, 'BF16', 2)];
    const bytes = pair[0]?.bytes ?? 0;
    const shards = pair.flatMap((model) => model.shards);
    const { output } = bench;
    for (const count of [1, 2, 4, 8]) {
      const title = `outputs: ${count} from one read of a BF16 pair`;
      const needed = count * bytes;
      if (bench.free() < needed) {
        bench.say(title, `left out: needs ${needed} bytes, ${bench.free()} are free; --dir may name a larger place`);
        continue;
      }
      const contenders = sweeps(bench, pair, count);
      if (count === 8) contenders.push(...bench.devices.map((device) => oneByOne(bench, pair, count, device)));
      const like = pair[0]?.shards ?? [];
      await bench.race({
        title,
        floor: floor(shards, like, output, count),
        contenders,
        outputBytes: needed,
        output,
      });
    }
    await bench.race({
      title: 'outputs: 64 variants compared with the inputs, none written',
      floor: floor(shards, [], output, 0),
      contenders: sweeps(bench, pair, 64, '--no-write'),
      outputBytes: 64 * bytes,
      output,
    });
  },
};

function sweeps(bench: Bench, pair: readonly MadeCheckpoint[], count: number, ...more: readonly string[]): Contender[] {
  const models = pair.map(
    ({ folder }, i) => `    - model: ${folder}\n      parameters: { weight: ${i === 0 ? '$share' : 1} }\n`,
  );
  const recipe = `recipe:\n  merge_method: linear\n  models:\n${models.join('')}`;
  const score = more.includes('--no-write') ? 'score: distance\nobjective: { metric: l2.max }\n' : '';
  const file = bench.file(`sweep-${count}.yml`, `${recipe}axes:\n  share: [${shares(count).join(', ')}]\n${score}`);
  return bench.devices.map(({ name, args }) => ({
    name: `${name}, sweep`,
    command: { argv: swizzle('sweep', file, '-o', bench.output, '--quiet', ...more, ...args) },
  }));
}

/** The same merges as processes of their own, one after the other. */
function oneByOne(bench: Bench, pair: readonly MadeCheckpoint[], count: number, device: DeviceOption): Contender {
  const [program = '', script = '', ...merge] = swizzle('merge', ...pair.map(({ folder }) => folder), '--quiet');
  const loop =
    'set -e; i=0; out=$1; shares=$2; mkdir -p "$out"; shift 2; for s in ${shares//,/ }; do "$@" -o "$out/$((i++))" --normalize --weights "$s" 1; done';
  const argv = [
    'bash',
    '-c',
    loop,
    'bash',
    bench.output,
    shares(count).join(','),
    program,
    script,
    ...merge,
    ...device.args,
  ];
  return { name: `${device.name}, ${count} merges`, command: { argv } };
}

function shares(count: number): number[] {
  return Array.from({ length: count }, (_, i) => (i + 1) / count);
}
