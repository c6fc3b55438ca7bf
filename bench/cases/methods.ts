import type { Bench, BenchCase } from '../bench-case.ts';
import { peers } from '../contenders/peers.ts';
import { type DeviceOption, swizzle } from '../contenders/swizzle.ts';
import type { MadeCheckpoint } from '../inputs/make-checkpoint.ts';
import { llamaOfBytes } from '../inputs/shape.ts';
import type { Contender } from '../race.ts';

/** Methods of two models, and of two models and their base, each beside linear of the same inputs. */
const OF_TWO = ['slerp', 'nuslerp', 'multislerp', 'karcher', 'nearswap'] as const;
const OF_THREE = [
  'model_stock',
  'dare_linear',
  'dare_ties',
  'ties',
  'breadcrumbs',
  'sce',
  'della',
  'ramplus_tl',
] as const;

const FROM_BASE: ReadonlySet<string> = new Set([...OF_THREE, 'arcee_fusion']);

export const methods: BenchCase = {
  name: 'methods',
  describe: 'every kind of merge method against linear of the same inputs, on each device; mergekit where it is found',
  async run(bench) {
    const shape = llamaOfBytes(bench.size, 'BF16');
    const three = [1, 2, 3].map((seed) => bench.checkpoint(shape, 'BF16', seed));
    for (const device of bench.devices) {
      await raceMethods(bench, device, 'two models', three.slice(0, 2), [...OF_TWO, 'arcee_fusion']);
      await raceMethods(bench, device, 'two models and their base', three, OF_THREE);
    }
    await raceSweep(bench, three.slice(0, 2));
    for (const method of ['linear', 'slerp', 'ties', 'dare_ties']) await racePeers(bench, method, three);
  },
};

function recipeOf(bench: Bench, method: string, models: readonly MadeCheckpoint[]): string {
  const base = method === 'slerp' || method === 'nearswap' || FROM_BASE.has(method);
  const lines = models.map(({ folder }) => `  - model: ${folder}\n    parameters: ${ofModel(method)}\n`);
  const more = method === 'slerp' ? '{ t: 0.4 }' : method === 'nearswap' ? '{ t: 0.01 }' : '{}';
  const topk = method === 'sce' ? '{ select_topk: 0.1 }' : more;
  const text = [
    `merge_method: ${method}`,
    ...(base ? [`base_model: ${models[0]?.folder}`] : []),
    `models:\n${lines.join('')}parameters: ${topk}`,
    'dtype: bfloat16',
  ];
  return bench.file(`${method}-${models.length}.yml`, `${text.join('\n')}\n`);
}

function ofModel(method: string): string {
  if (['linear', 'nuslerp', 'multislerp'].includes(method)) return '{ weight: 0.5 }';
  if (['slerp', 'karcher', 'nearswap', 'model_stock', 'sce', 'ramplus_tl', 'arcee_fusion'].includes(method))
    return '{}';
  return '{ weight: 0.5, density: 0.5 }';
}

async function raceMethods(
  bench: Bench,
  device: DeviceOption,
  what: string,
  models: readonly MadeCheckpoint[],
  names: readonly string[],
): Promise<void> {
  const merge = (method: string): Contender => ({
    name: method,
    command: {
      argv: swizzle('merge', recipeOf(bench, method, models), '-o', bench.output, '--quiet', ...device.args),
    },
  });
  await bench.race({
    title: `methods: ${what}, ${device.name}; x linear`,
    floor: merge('linear'),
    contenders: names.map(merge),
    outputBytes: models[0]?.bytes ?? 0,
    output: bench.output,
  });
}

/** Eight values of t in one sweep, against eight shares of linear. */
async function raceSweep(bench: Bench, [first, second]: readonly MadeCheckpoint[]): Promise<void> {
  const values = Array.from({ length: 8 }, (_, i) => (i + 1) / 10);
  const models = (weights: readonly [string, string]): string =>
    [first, second]
      .map((model, i) => `    - { model: ${model?.folder}, parameters: { weight: ${weights[i]} } }\n`)
      .join('');
  const bare = [first, second].map((model) => `    - { model: ${model?.folder} }\n`).join('');
  const linear = `recipe:\n  merge_method: linear\n  models:\n${models(['$t', '1'])}axes:\n  t: [${values.join(', ')}]\n`;
  const slerp = `recipe:\n  merge_method: slerp\n  base_model: ${first?.folder}\n  models:\n${bare}  parameters: { t: $t }\naxes:\n  t: [${values.join(', ')}]\n`;
  for (const device of bench.devices) {
    const sweep = (name: string, text: string): Contender => ({
      name,
      command: {
        argv: swizzle('sweep', bench.file(`sweep-${name}.yml`, text), '-o', bench.output, '--quiet', ...device.args),
      },
    });
    const needed = 8 * (first?.bytes ?? 0);
    const title = `methods: sweep of 8 values, ${device.name}; x linear`;
    if (bench.free() < needed) {
      bench.say(title, `left out: needs ${needed} bytes, ${bench.free()} are free`);
      continue;
    }
    await bench.race({
      title,
      floor: sweep('linear', linear),
      contenders: [sweep('slerp', slerp)],
      outputBytes: needed,
      output: bench.output,
    });
  }
}

async function racePeers(bench: Bench, method: string, three: readonly MadeCheckpoint[]): Promise<void> {
  const models = FROM_BASE.has(method) ? three : three.slice(0, 2);
  const recipe = recipeOf(bench, method, models);
  const { found, missing } = peers(bench.python, {
    recipe,
    folders: models.map(({ folder }) => folder),
    output: bench.output,
  });
  const mergekit = found.filter(({ name }) => name === 'mergekit');
  const title = `methods: ${method} beside mergekit`;
  if (mergekit.length === 0) {
    bench.say(title, `left out: ${missing.join('; ')}`);
    return;
  }
  await bench.race({
    title,
    floor: {
      name: 'cpu',
      command: { argv: swizzle('merge', recipe, '-o', bench.output, '--quiet', '--device', 'cpu') },
    },
    contenders: mergekit,
    outputBytes: models[0]?.bytes ?? 0,
    output: bench.output,
  });
}
