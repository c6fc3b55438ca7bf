import type { Command } from '../parser/command.ts';
import { Option } from '../parser/option.ts';
import { SwizzleError } from '../../errors.ts';
import type { CheckedRecipe } from '../../plan/methods/check.ts';
import { type Part, partName } from '../../plan/part.ts';
import type { Mount } from '../../scale/parts/mounts.ts';
import { partOptions } from '../options/part-options.ts';
import type { Engine } from '../show/print-script.ts';
import type { PreparedMerge } from '../../commands/merge.ts';
import type { MergeVerb } from './run-merge.ts';
import { MERGING, SHAPING } from '../../options/options.ts';
import { typed } from '../parser/values.ts';
import { parsePlaces } from '../parser/places.ts';
import { parseWeights } from '../parser/weights.ts';
import { interruptSignal } from '../terminal/interrupt.ts';
import { plainLine } from '../terminal/line.ts';
import { type FormatArguments, toFormat } from '../options/format.ts';
import { formatOptions, newCommand, outputTypeOption } from '../options/options.ts';
import { addRunOptions, type RunArguments } from '../options/run-options.ts';

interface MergeArguments extends RunArguments, FormatArguments {
  readonly weights?: readonly number[];
  readonly normalize?: boolean;
  readonly allowMissing?: true;
  readonly allowUnloadable?: true;
  readonly keepIntermediate?: string;
  readonly randomSeed?: number;
  readonly method?: string;
  readonly experts?: 'packed' | 'separate';
  readonly verify?: true;
  readonly model?: ReadonlyMap<string, string>;
  readonly hashInputs?: true;
  readonly part?: Part;
  readonly collect?: true;
  readonly printScript?: Engine;
  readonly mount?: Mount;
}

/** `swizzle merge RECIPE.yml -o OUT`, `swizzle merge A B --weights 0.5 0.5 -o OUT` */
export function mergeCommand(): Command {
  const command = newCommand('merge', 'merge models by a recipe, or by weights')
    .usage(
      'RECIPE.yml -o FOLDER\n       swizzle merge MODEL MODEL... --weights W,W... -o FOLDER\n       swizzle merge BASE+ADAPTER -o FOLDER',
    )
    .description('Merge models by a recipe in mergekit’s YAML, or by one weight a model.')
    .argument(
      '<inputs...>',
      'a recipe, - for standard input; or models (folders, files of weights, org/name); or BASE+ADAPTER',
    )
    .addHelpText(`
Examples:
  swizzle merge recipe.yml -o merged
  swizzle merge recipe.yml merged                       mergekit's form
  swizzle merge recipe.yml -o merged --dry-run          what it would do
  swizzle merge models/a models/b --weights 0.5,0.5 -o merged
  swizzle merge base+adapter -o baked                   an adapter into its base
  swizzle merge recipe.yml -o merged --dtype float16 --push-to me/merged
  swizzle merge recipe.yml -o merged --part 3/16        on one of 16 machines
  swizzle merge recipe.yml -o merged --collect          when all parts are there`)
    .action(runMergeCommand);
  addRunOptions(
    command,
    [
      new Option('--allow-missing', 'keep the base model’s tensors where models differ'),
      new Option('--allow-unloadable', 'write slices that transformers cannot load whole'),
      new Option(
        '--model <name=path>',
        'where a model of the recipe is, if not where its name says; may be given again',
      )
        .argParser(parsePlaces)
        .mayRepeat(),
      new Option('--hash-inputs', 'pin local models by every byte, not by headers and samples alone'),
      new Option('--keep-intermediate <f>', 'folder for what earlier documents make'),
      new Option('--verify', 'check the result: files, and a sample made again').conflicts('part'),
      ...partOptions(),
      new Option('--method <file>', 'a JavaScript module with a merge method of your own; see docs/METHODS.md'),
      new Option('--experts <form>', 'packed or separate (default: as in the base model)').argParser(
        typed('--experts', SHAPING.experts),
      ),
      ...formatOptions(),
    ],
    [
      new Option('--weights <w...>', 'one weight a model; they must sum to 1').argParser(parseWeights),
      new Option('--normalize', 'divide --weights by their sum'),
      new Option('--no-normalize', 'take --weights as they are, whatever their sum'),
      new Option('--random-seed <n>', 'seed of the masks of dare and della (default: the recipe’s, else 0)').argParser(
        typed('--random-seed', MERGING.seed),
      ),
      outputTypeOption('output dtype (default: the recipe’s, else the base model’s); of GGUF also q8_0'),
    ],
  );
  return command;
}

async function runMergeCommand(inputs: readonly string[], args: MergeArguments): Promise<void> {
  const [{ runMerge }, checked] = await Promise.all([import('./run-merge.ts'), toRecipe(inputs, args)]);
  const { printScript } = args;
  const script =
    printScript &&
    (await import('../show/print-script.ts').then(
      ({ mergeScript, typedWords }) =>
        (prepared: PreparedMerge): string => {
          const typed = {
            words: typedWords(process.argv.slice(2)),
            out: args.out,
            device: args.device,
            lanes: args.lanes,
            mount: args.mount,
          };
          return mergeScript(printScript, typed, prepared);
        },
    ));
  if (printScript !== undefined && inputs[0] === '-') {
    throw new SwizzleError('usage', '--print-script: requires a recipe in a file, found standard input');
  }
  if (args.format === 'gguf' && printScript !== undefined) {
    throw new SwizzleError('usage', '--format gguf: is one file, which is not made in parts; merge, then convert');
  }
  await runMerge(
    args,
    { ...(await verbOf(checked, args)), script },
    {
      ...toFormat(args),
      seed: args.randomSeed,
      allowMissing: args.allowMissing,
      allowUnloadable: args.allowUnloadable,
      experts: args.experts,
      keepIntermediate: args.keepIntermediate,
      places: args.model,
      hashInputs: args.hashInputs,
    },
  );
  if (args.verify === true && args.dryRun !== true) await verifyResult(args);
}

async function verifyResult({ out, method, quiet }: MergeArguments): Promise<void> {
  const [{ SAMPLE, verified }, { verificationText }, { processTerminal }] = await Promise.all([
    import('./verify.ts'),
    import('../show/verification.ts'),
    import('../terminal/terminal.ts'),
  ]);
  const terminal = processTerminal(quiet === true);
  const interrupt = interruptSignal();
  try {
    const found = await verified(out, { sample: SAMPLE, method, signal: interrupt.signal }, terminal);
    terminal.status('');
    const lines = verificationText(found);
    if (found.isGood) return terminal.note(lines);
    throw new SwizzleError('io', lines.map(plainLine), { details: { path: out } });
  } finally {
    terminal.status('');
    interrupt.dispose();
  }
}

async function verbOf(checked: CheckedRecipe, { part, collect }: MergeArguments): Promise<MergeVerb> {
  const { merge, planMerge } = await import('../../commands/merge.ts');
  const plan: MergeVerb['plan'] = (options) => planMerge(checked, options);
  if (part !== undefined) {
    const { mergePart, planMergePart } = await import('../../commands/merge-part.ts');
    return {
      doing: `merging part ${partName(part)}`,
      plan: (options) => planMergePart(checked, options, part),
      run: (options) => mergePart(checked, options, part),
    };
  }
  if (collect === true) {
    const { collectMerge } = await import('../../commands/collect-merge.ts');
    return { doing: 'joining', plan, run: (options) => collectMerge(checked, options) };
  }
  return { doing: 'merging', plan, run: (options) => merge(checked, options) };
}

async function toRecipe(
  inputs: readonly string[],
  { weights, normalize, method }: MergeArguments,
): Promise<CheckedRecipe> {
  const [first] = inputs;
  const recipe = inputs.find((input) => /\.ya?ml$/i.test(input));
  if (weights !== undefined) {
    if (recipe !== undefined) {
      throw new SwizzleError('usage', `${recipe}: is a recipe and says its weights itself; --weights goes with models`);
    }
    const [{ checkRecipe }, { recipeFromWeights }] = await Promise.all([
      import('../../plan/methods/check.ts'),
      import('../../recipe/weights.ts'),
    ]);
    return checkRecipe(recipeFromWeights(inputs, weights, normalize));
  }
  if (first === undefined || inputs.length > 1) {
    const hint = recipe === undefined ? '; to merge models without a recipe, pass --weights' : '';
    throw new SwizzleError('usage', `expected one recipe, found ${inputs.length} inputs${hint}`);
  }
  if (normalize !== undefined)
    throw new SwizzleError('usage', '--normalize goes with --weights; a recipe says it itself');
  const { loadRecipe, withMethod } = await import('../../run/open/load-recipe.ts');
  if (first !== '-') return loadRecipe(first, undefined, method);
  const [{ parseRecipe }, { readStandardInput, STANDARD_INPUT }] = await Promise.all([
    import('../../recipe/parse.ts'),
    import('../terminal/standard-input.ts'),
  ]);
  return withMethod(parseRecipe(STANDARD_INPUT, await readStandardInput(), '.'), method);
}
