import type { Command } from '../parser/command.ts';
import { Option } from '../parser/option.ts';
import type { FloatDtype } from '../../dtype.ts';
import { type LossArguments, lossOptions, toLossOptions } from '../options/loss-options.ts';
import { lossProgress } from '../progress/loss-progress.ts';
import { addGroup, dtypeOption, newCommand } from '../options/options.ts';
import { COCKTAIL } from '../../options/options.ts';
import { typed } from '../parser/values.ts';
import { addRunOptions, lossDeviceOption, type RunArguments } from '../options/run-options.ts';
import { processTerminal } from '../terminal/terminal.ts';

interface CocktailArguments extends RunArguments, LossArguments {
  readonly examples: string;
  readonly temperature: number;
  readonly target?: string;
  readonly alpha?: number;
  readonly dtype?: FloatDtype;
}

/** `swizzle cocktail A B C --examples five.jsonl -o OUT` */
export function cocktailCommand(): Command {
  const command = newCommand('cocktail', 'LM-Cocktail with data: weights from losses on examples')
    .usage('MODEL MODEL... --examples FILE -o FOLDER')
    .description(
      'Compute each model’s loss on a few examples, weights from them, w = softmax(-loss / T), and merge (LM-Cocktail).',
    )
    .argument('<models...>', 'two models or more: folders, or org/name')
    .addHelpText(`
Examples:
  swizzle cocktail base ft-a ft-b --examples five.jsonl -o mixed
  swizzle cocktail base ft-a --examples five.jsonl --target ft-a --alpha 0.5 -o mixed`)
    .action(runCocktailCommand);
  addGroup(command, 'Examples:', [
    new Option(
      '--examples <file>',
      'JSONL of {"input", "output"}, {"text"}, {"tokens"} or {"query", "pos", "neg"}',
    ).makeOptionMandatory(),
    new Option('--temperature <t>', 'softmax temperature T (default: 5)')
      .argParser(typed('--temperature', COCKTAIL.temperature))
      .default(5),
    new Option('--target <model>', 'this model keeps --alpha, the others share the rest by loss'),
    new Option('--alpha <share>', 'share of the target (default: 0.5)').argParser(typed('--alpha', COCKTAIL.alpha)),
    ...lossOptions(),
  ]);
  addRunOptions(command, [], [dtypeOption('output dtype (default: the first model’s)')], lossDeviceOption());
  return command;
}

async function runCocktailCommand(models: readonly string[], args: CocktailArguments): Promise<void> {
  const [{ runMerge }, { cocktail, planCocktail }, { printCocktail }, { printLossPlan }] = await Promise.all([
    import('./run-merge.ts'),
    import('../../commands/cocktail.ts'),
    import('../show/print-cocktail.ts'),
    import('../show/print-losses.ts'),
  ]);
  const terminal = processTerminal(args.quiet === true);
  const { examples, temperature, target, alpha, dtype } = args;
  const own = { ...toLossOptions(args), temperature, target, alpha };
  await runMerge(
    args,
    {
      doing: 'merging',
      plan: async (options) => {
        const plan = await planCocktail(models, examples, { ...options, ...own });
        if (!args.json) printLossPlan(terminal, plan.losses);
        return plan.merge;
      },
      run: (options) =>
        cocktail(models, examples, {
          ...options,
          ...own,
          onLossProgress: lossProgress(terminal),
          onWeights: (found) => {
            terminal.status('');
            if (!args.json) printCocktail(terminal, found);
          },
        }),
    },
    { dtype },
  );
}
