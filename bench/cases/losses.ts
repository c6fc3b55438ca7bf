import type { Bench, BenchCase } from '../bench-case.ts';
import { cocktailPeer } from '../contenders/peers.ts';
import { type DeviceOption, swizzle } from '../contenders/swizzle.ts';
import type { MadeCheckpoint } from '../inputs/make-checkpoint.ts';
import { llama, type LlamaSizes } from '../inputs/shape.ts';
import { wordText, writeWordTokenizer } from '../inputs/word-tokenizer.ts';
import type { Contender } from '../race.ts';

/** 110 million parameters. */
const SIZES: LlamaSizes = {
  layers: 12,
  hidden: 768,
  intermediate: 2048,
  heads: 12,
  keyValueHeads: 12,
  vocabulary: 16_000,
};

const EXAMPLES = 5;

export const losses: BenchCase = {
  name: 'losses',
  describe:
    'losses of 1 to 16 variants in passing; a cocktail of three models of 110 million parameters, LM_Cocktail beside it',
  async run(bench) {
    const models = [1, 2, 3].map((seed) => {
      const model = bench.checkpoint(llama(SIZES), 'F32', seed);
      writeWordTokenizer(model.folder, SIZES.vocabulary);
      return model;
    });
    for (const device of bench.devices) await raceVariants(bench, models.slice(0, 2), device);
    await raceCocktail(bench, models);
    const sweep = (device: DeviceOption): Contender => {
      const argv = swizzle('sweep', 'examples/sweep.yml', '-o', bench.output, '--quiet', ...device.args);
      return { name: device.name, command: { argv } };
    };
    const [cpu, ...others] = bench.devices.map(sweep);
    if (cpu === undefined) return;
    const race = { floor: cpu, contenders: others, outputBytes: 0, output: bench.output };
    await bench.race({ ...race, title: 'losses: examples/sweep.yml, 28 variants, 72 windows each; x cpu' });
  },
};

async function raceVariants(bench: Bench, pair: readonly MadeCheckpoint[], device: DeviceOption): Promise<void> {
  const data = examples(bench, 50);
  const sweep = (count: number): Contender => {
    const sources = pair.map(
      ({ folder }, i) => `    - { model: ${folder}, parameters: { weight: ${i === 0 ? '$share' : 1} } }\n`,
    );
    const shares = Array.from({ length: count }, (_, i) => (i + 1) / count).join(', ');
    const text = `recipe:\n  merge_method: linear\n  models:\n${sources.join('')}axes:\n  share: [${shares}]\nscore: { loss: { data: ${data} } }\nobjective: { metric: loss, goal: min }\nkeep: none\n`;
    const argv = swizzle(
      'sweep',
      bench.file(`losses-${count}.yml`, text),
      '-o',
      bench.output,
      '--quiet',
      ...device.args,
    );
    return { name: `${count} variants`, command: { argv } };
  };
  await bench.race({
    title: `losses: variants of a pair of F32 models, ${device.name}; x one variant`,
    floor: sweep(1),
    contenders: [sweep(2), sweep(4), sweep(16)],
    outputBytes: 0,
    output: bench.output,
  });
}

async function raceCocktail(bench: Bench, models: readonly MadeCheckpoint[]): Promise<void> {
  const data = examples(bench, 150);
  const folders = models.map(({ folder }) => folder);
  const peer = cocktailPeer(bench.python, data, folders, bench.output);
  const title = 'losses: cocktail of three models, five examples of 200 tokens';
  if (typeof peer === 'string') bench.say(title, `LM_Cocktail left out: ${peer}`);
  const own = (name: string, ...more: readonly string[]): Contender => {
    return {
      name,
      command: { argv: swizzle('cocktail', ...folders, '--examples', data, '-o', bench.output, '--quiet', ...more) },
    };
  };
  const contenders = bench.devices.slice(1).map(({ name, args }) => own(name, ...args));
  if (typeof peer !== 'string') contenders.push(peer);
  await bench.race({
    title,
    floor: own('cpu', '--device', 'cpu'),
    contenders,
    outputBytes: models[0]?.bytes ?? 0,
    output: bench.output,
  });
}

/** A file of examples: `inputs` words each, and 50 that are predicted. */
function examples(bench: Bench, inputs: number): string {
  const lines = Array.from({ length: EXAMPLES }, (_, i) => {
    return JSON.stringify({
      input: wordText(inputs, i, SIZES.vocabulary),
      output: wordText(50, i + EXAMPLES, SIZES.vocabulary),
    });
  });
  return bench.file(`examples-${inputs}.jsonl`, `${lines.join('\n')}\n`);
}
