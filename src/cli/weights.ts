import { readFile } from 'node:fs/promises';
import type { Argv, CommandModule } from 'yargs';
import { messageOf, SwizzleError } from '../errors.ts';
import { processTerminal } from './terminal.ts';

interface WeightsArguments {
  readonly losses: string;
  readonly temperature: number;
  readonly mix: string | undefined;
  readonly json: boolean;
}

/** `swizzle weights --losses losses.json --temperature 5` */
export const weightsCommand: CommandModule<object, WeightsArguments> = {
  command: 'weights',
  describe: 'LM-Cocktail’s weights from losses, as a recipe',
  builder: (yargs: Argv): Argv<WeightsArguments> =>
    yargs
      .option('losses', {
        type: 'string',
        demandOption: true,
        describe: 'JSON: the loss of each model on examples of the target task, {"MODEL": LOSS, ...}',
      })
      .option('temperature', { type: 'number', default: 5, describe: 'softmax temperature: w = softmax(-loss / T)' })
      .option('mix', {
        type: 'string',
        describe: 'TARGET:SHARE: the target model keeps SHARE, the others share the rest by loss',
      })
      .option('json', { type: 'boolean', default: false, describe: 'print only {"MODEL": WEIGHT, ...}' })
      .example('$0 weights --losses losses.json --mix models/chat:0.5 > recipe.yml', 'the paper’s two stages'),
  handler: async ({ losses: path, temperature, mix, json }) => {
    const [{ softmaxWeights, targetWeights }, { recipeFromWeights }] = await Promise.all([
      import('../sweep/softmax-weights.ts'),
      import('../recipe/weights.ts'),
    ]);
    const losses = await readLosses(path);
    const models = [...losses.keys()];
    const values = [...losses.values()];
    let weights: number[];
    if (mix === undefined) weights = softmaxWeights(values, temperature);
    else {
      const { target, share } = parseMix(mix, models, path);
      weights = targetWeights(values, temperature, target, share);
    }
    const terminal = processTerminal(false);
    if (json) terminal.print(JSON.stringify(Object.fromEntries(models.map((model, at) => [model, weights[at]]))));
    else terminal.print(recipeFromWeights(models, weights, undefined).text.trimEnd());
  },
};

async function readLosses(path: string): Promise<Map<string, number>> {
  const expected = `${path}: expected a JSON object with the loss of each model, two or more`;
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new SwizzleError('usage', `${path}: ${messageOf(cause)}`, { cause, details: { path } });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SwizzleError('usage', expected);
  const losses = new Map<string, number>();
  for (const [model, loss] of Object.entries(value)) {
    if (typeof loss !== 'number') {
      throw new SwizzleError('usage', `${path}: ${model}: expected a number, found ${JSON.stringify(loss)}`);
    }
    losses.set(model, loss);
  }
  if (losses.size < 2) throw new SwizzleError('usage', `${expected}, found ${losses.size}`);
  return losses;
}

/** "models/chat:0.5": the share stands behind the last colon. */
function parseMix(mix: string, models: readonly string[], path: string): { target: number; share: number } {
  const [, name = '', text = ''] = /^(.*):([^:]*)$/.exec(mix) ?? [];
  const share = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(share)) throw new SwizzleError('usage', `--mix: expected MODEL:SHARE, found ${JSON.stringify(mix)}`);
  const target = models.indexOf(name);
  if (target < 0) {
    throw new SwizzleError('usage', `--mix: ${path} has no model ${JSON.stringify(name)}, but ${models.join(', ')}`);
  }
  return { target, share };
}
