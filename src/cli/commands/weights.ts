import type { Command } from '../parser/command.ts';
import { Option } from '../parser/option.ts';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import { numberOf } from '../parser/values.ts';
import { jsonOption, newCommand } from '../options/options.ts';
import { processTerminal } from '../terminal/terminal.ts';
import { readText } from '../../regular-file.ts';
import { checkNesting } from '../../nesting.ts';

interface WeightsArguments {
  readonly losses: string;
  readonly temperature: number;
  readonly mix?: string;
  readonly json?: true;
}

/** Changes when a key changes its name or meaning; docs/JSON.md. */
const SCHEMA = 'swizzle/weights/1';

/** `swizzle weights --losses losses.json --temperature 5` */
export function weightsCommand(): Command {
  return newCommand('weights', 'LM-Cocktail’s weights from losses, as a recipe')
    .usage('--losses FILE > recipe.yml')
    .description('Compute LM-Cocktail’s weights from losses, w = softmax(-loss / T), and print the recipe.')
    .addOption(
      new Option(
        '--losses <file>',
        'JSON: the loss of each model on examples of the target task, {"MODEL": LOSS, ...}',
      ).makeOptionMandatory(),
    )
    .addOption(
      new Option('--temperature <t>', 'softmax temperature T (default: 5)')
        .argParser(numberOf('--temperature', { above: 0 }))
        .default(5),
    )
    .option('--mix <target:share>', 'the target model keeps the share, the others share the rest by loss')
    .addOption(jsonOption('print the weights'))
    .addHelpText(`
Examples:
  swizzle weights --losses losses.json > recipe.yml
  swizzle weights --losses losses.json --mix models/chat:0.5    in two stages`)
    .action(runWeights);
}

async function runWeights({ losses: path, temperature, mix, json }: WeightsArguments): Promise<void> {
  const [{ softmaxWeights, targetWeights }, { recipeFromWeights }] = await Promise.all([
    import('../../recipe/weights.ts'),
    import('../../recipe/weights.ts'),
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
  const byModel = Object.fromEntries(models.map((model, at) => [model, weights[at]]));
  if (json) terminal.printJson({ schema: SCHEMA, temperature, weights: byModel });
  else terminal.printText(recipeFromWeights(models, weights, undefined).text.trimEnd());
}

async function readLosses(path: string): Promise<Map<string, number>> {
  const expected = `${path}: expected a JSON object with the loss of each model, two or more`;
  let value: unknown;
  try {
    const text = await readText(path);
    checkNesting(text);
    value = JSON.parse(text);
  } catch (cause) {
    const what = systemCode(cause) === 'ENOENT' ? 'no such file' : messageOf(cause);
    throw new SwizzleError('usage', `${path}: ${what}`, { cause, details: { path } });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new SwizzleError('usage', expected);
  const losses = new Map<string, number>();
  for (const [model, loss] of Object.entries(value)) {
    if (typeof loss !== 'number') {
      throw new SwizzleError('usage', `${path}: ${model}: expected a number, found ${JSON.stringify(loss)}`, {
        details: { path },
      });
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
