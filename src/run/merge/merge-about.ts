import { DTYPES } from '../../dtype.ts';
import type { CheckedRecipe } from '../../plan/methods/check.ts';
import { writtenBytes } from '../../plan/output-form.ts';
import type { Plan } from '../../plan/plan.ts';
import { isWords, type ParameterSetting } from '../../recipe/parameters.ts';
import { modelsOf, type Recipe } from '../../recipe/recipe.ts';

/** A model of a merge, in the recipe's words. */
export interface ModelAbout {
  readonly model: string;
  /** "0.5", "[0, 1] over the layers", "0.3 (mlp), 0.7"; undefined where the recipe gives it none. */
  readonly weight: string | undefined;
  readonly base: boolean;
}

/** What plan, summary and model card say of a merge, in the same words. */
export interface MergeAbout {
  readonly method: string;
  /** dtypes of the output as torch spells them, the one of most tensors first: "float16", "bfloat16, float32". */
  readonly dtype: string;
  readonly models: readonly ModelAbout[];
  /** Bytes of tensor data in the output, headers not counted. */
  readonly tensorBytes: number;
}

/** @param index which of the plan's outputs */
export function aboutMerge({ recipe, method }: CheckedRecipe, plan: Plan, index = 0): MergeAbout {
  return {
    method: method.name,
    dtype: dtypesOf(plan, index),
    models: modelsOf(recipe).flatMap((model) => {
      if (!usesWeights(recipe, model)) return [];
      const base = model === recipe.baseModel;
      return weightsByUse(recipe, model).map((weight) => ({ model, weight, base }));
    }),
    tensorBytes: plan.tasks.reduce((sum, { elements, outputs }) => {
      const output = outputs[index];
      return output === undefined ? sum : sum + writtenBytes(output, elements);
    }, 0),
  };
}

/** Whether tensors of a model go into the merge; a tokenizer_source lends only files. */
export function usesWeights(recipe: Recipe, name: string): boolean {
  return recipe.baseModel === name || recipe.slices.some(({ sources }) => sources.some(({ model }) => model === name));
}

/** The weights of a model, one for each time that it takes part in the same sum: a recipe may name a model twice. */
function weightsByUse(recipe: Recipe, name: string): (string | undefined)[] {
  const uses = recipe.slices.map(({ sources }) => sources.filter(({ model }) => model === name).length);
  const most = Math.max(1, ...uses);
  if (most === 1) return [weightOf(recipe, name)];
  return Array.from({ length: most }, (_, nth) => {
    const slices = recipe.slices.map((slice) => {
      const own = slice.sources.filter(({ model }) => model === name)[nth];
      return { ...slice, sources: own === undefined ? [] : [own] };
    });
    return weightOf({ ...recipe, slices }, name);
  });
}

/** The weights that a recipe gives a model, as people read them. */
export function weightOf(recipe: Recipe, name: string): string | undefined {
  const sources = recipe.slices.flatMap(({ sources }) => sources).filter(({ model }) => model === name);
  const settings = sources.map(({ parameters }) => parameters.get('weight') ?? recipe.parameters.get('weight'));
  const found = new Set(settings.flatMap((setting) => (setting === undefined ? [] : [settingText(setting)])));
  return found.size === 0 ? undefined : [...found].join('; ');
}

function settingText(setting: ParameterSetting): string {
  return setting
    .map(({ filter, value }) => {
      const text = isWords(value)
        ? value.words.join(', ')
        : typeof value === 'object'
          ? `[${value.join(', ')}] over the layers`
          : String(value);
      return filter === undefined ? text : `${text} (${filter})`;
    })
    .join(', ');
}

/** "float16", or "bfloat16, float32" where tensors differ; most tensors first. */
export function dtypesOf(plan: Plan, index: number): string {
  const counts = new Map<string, number>();
  for (const { outputs } of plan.tasks) {
    const output = outputs[index];
    if (output === undefined) continue;
    const name = output.form?.blocks ?? DTYPES[output.dtype].torch;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name]) => name)
    .join(', ');
}
