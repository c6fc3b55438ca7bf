import type { Argv, CommandModule } from 'yargs';
import { SwizzleError } from '../errors.ts';
import type { CheckedRecipe } from '../methods/check.ts';
import { type RunArguments, runOptions, toDtype } from './run-options.ts';

interface MergeArguments extends RunArguments {
  readonly inputs: string[];
  readonly weights: number[] | undefined;
  readonly normalize: boolean | undefined;
  readonly dtype: string | undefined;
  readonly 'allow-missing': boolean;
}

/** `swizzle merge RECIPE.yml -o OUT`, `swizzle merge A B --weights 0.5 0.5 -o OUT` */
export const mergeCommand: CommandModule<object, MergeArguments> = {
  command: 'merge <inputs..>',
  describe: 'merge models by a recipe, or by weights',
  builder: (yargs: Argv): Argv<MergeArguments> =>
    runOptions(yargs)
      .positional('inputs', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'a recipe (.yml), or models with --weights',
      })
      .option('weights', { type: 'number', array: true, describe: 'one weight a model; they must sum to 1' })
      .option('normalize', {
        type: 'boolean',
        describe: 'with --weights: divide by their sum; --no-normalize: take them as they are',
      })
      .option('dtype', { type: 'string', describe: 'output dtype; default: the recipe’s, else the base model’s' })
      .option('allow-missing', {
        type: 'boolean',
        default: false,
        describe: 'keep the base model’s tensors where models differ',
      })
      .example('$0 merge recipe.yml -o merged', 'mergekit’s YAML')
      .example('$0 merge models/a models/b --weights 0.5 0.5 -o merged', 'LM-Cocktail’s half and half'),
  handler: async (args) => {
    const [{ runMerge }, { merge, planMerge }] = await Promise.all([
      import('./run-merge.ts'),
      import('../verbs/merge.ts'),
    ]);
    const checked = await toRecipe(args);
    const verb = {
      doing: 'merging',
      plan: (options: Parameters<typeof planMerge>[1]) => planMerge(checked, options),
      run: (options: Parameters<typeof merge>[1]) => merge(checked, options),
    };
    const dtype = args.dtype === undefined ? undefined : toDtype(args.dtype);
    await runMerge(args, verb, { dtype, allowMissing: args['allow-missing'] });
  },
};

async function toRecipe({ inputs, weights, normalize }: MergeArguments): Promise<CheckedRecipe> {
  const [first] = inputs;
  if (weights !== undefined) {
    const [{ checkRecipe }, { recipeFromWeights }] = await Promise.all([
      import('../methods/check.ts'),
      import('../recipe/weights.ts'),
    ]);
    return checkRecipe(recipeFromWeights(inputs, weights, normalize));
  }
  if (first === undefined || inputs.length > 1) {
    throw new SwizzleError(
      'usage',
      `expected one recipe, found ${inputs.length} inputs; to merge models without a recipe, pass --weights`,
    );
  }
  if (normalize !== undefined)
    throw new SwizzleError('usage', '--normalize goes with --weights; a recipe says it itself');
  const { loadRecipe } = await import('../verbs/load-recipe.ts');
  return loadRecipe(first);
}
