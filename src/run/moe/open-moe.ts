import { stringify } from 'yaml';
import { type FloatDtype, DTYPES, isFloat, parseFloatDtype } from '../../dtype.ts';
import { SwizzleError } from '../../errors.ts';
import { parseConfig } from '../../models/checkpoint/architecture.ts';
import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import { elementCount } from '../../models/checkpoint/header/header.ts';
import type { Models } from '../../models/models.ts';
import type { ModelStore } from '../../models/open/model-store.ts';
import { openModels } from '../../models/open/open-models.ts';
import { type CheckedRecipe, checkRecipe } from '../../plan/methods/check.ts';
import type { ExpertSource, MoeParts } from '../../plan/moe/assemble.ts';
import { chooseKind } from '../../plan/moe/kinds.ts';
import type { MoeConfig, MoeExpert } from '../../recipe/moe.ts';
import { parseRecipe } from '../../recipe/parse.ts';

/** What the recipe calls the model that is put together. */
export const MIXTURE = 'mixture of experts';

/** A mixture whose models are open. */
export interface OpenMoe {
  readonly parts: MoeParts;
  /** By the names in the config; the base model first. */
  readonly models: Models;
  readonly dtype: FloatDtype;
}

/**
 * Opens the models of a config and selects the output kind.
 * @param places where models are instead of where their names say
 * @throws SwizzleError 'recipe', 'checkpoint', 'mismatch', 'hub'
 */
export async function openMoe(
  config: MoeConfig,
  store: ModelStore,
  { places, signal }: { places?: ReadonlyMap<string, string> | undefined; signal?: AbortSignal | undefined },
): Promise<OpenMoe> {
  const all = [...config.experts, ...config.shared];
  const models = await openModels(recipeOfModels(config), signal, store, undefined, places);
  const named = (name: string): Checkpoint => {
    const model = models.get(name);
    if (model === undefined) throw new SwizzleError('internal', `${name}: was not opened`);
    return model;
  };
  const source = ({ model, noise, residual }: MoeExpert): ExpertSource => {
    return { checkpoint: named(model), noise, residual };
  };
  const base = named(config.base);
  const kind = chooseKind(config, [base, ...all.map(({ model }) => named(model))]);
  const [shared] = config.shared.map(source);
  const experts = config.experts.map(source);
  const parts = { kind, base, experts, shared, perToken: config.perToken, seed: config.seed };
  return { parts, models, dtype: config.dtype ?? dtypeOf(base) };
}

/** A recipe that names the base model, then all experts: for what opens the models of recipes. */
function recipeOfModels(config: MoeConfig): ReturnType<typeof parseRecipe> {
  const names = [config.base, ...[...config.experts, ...config.shared].map(({ model }) => model)];
  const models = [...new Set(names)].map((model) => ({ model }));
  const recipe = parseRecipe(config.file, stringify({ merge_method: 'linear', models }), config.directory);
  return { ...recipe, text: config.text, wholeText: config.text };
}

/** The recipe that writes the assembled model as it is. */
export function recipeOfMixture(config: MoeConfig, dtype: FloatDtype): CheckedRecipe {
  const text = stringify({
    merge_method: 'passthrough',
    models: [{ model: MIXTURE }],
    dtype: DTYPES[dtype].torch,
    ...(Object.keys(config.options).length > 0 && { swizzle: config.options }),
  });
  return checkRecipe({ ...parseRecipe(config.file, text, config.directory), notes: config.warnings });
}

/** The dtype that config.json names, else the one of most elements. */
function dtypeOf({ config, tensors }: Checkpoint): FloatDtype {
  const { dtype, torch_dtype: older } = parseConfig(config) ?? {};
  const named = [dtype, older].find((name) => typeof name === 'string');
  const found = typeof named === 'string' ? parseFloatDtype(named) : undefined;
  if (found !== undefined) return found;
  const counts = new Map<FloatDtype, number>();
  for (const tensor of tensors.values()) {
    if (isFloat(tensor.dtype)) counts.set(tensor.dtype, (counts.get(tensor.dtype) ?? 0) + elementCount(tensor.shape));
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? 'F32';
}
