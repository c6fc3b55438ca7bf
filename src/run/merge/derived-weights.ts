import type { OpenSource } from '../../elements/byte-source.ts';
import { madePlaces, weightsWithMade } from '../../forward/made-places.ts';
import { type WeightSet, weightsOfCheckpoint } from '../../forward/weights.ts';
import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import type { ModelStore } from '../../models/open/model-store.ts';
import { type CheckedRecipe, checkRecipe } from '../../plan/methods/check.ts';
import { makePlan, type Plan } from '../../plan/plan.ts';
import { recipeFromModel } from '../../recipe/from-model.ts';
import { ResourceStack } from '../../resource-stack.ts';
import { MadeWeights } from './made-weights.ts';
import { Merger, openDevices } from './merger.ts';
import { type MergerOptions, planOptions } from './merger-options.ts';

/** Weights of one model for a forward pass, and how their files are opened. */
export interface OpenWeights extends AsyncDisposable {
  readonly weights: WeightSet;
  open(path: string): Promise<OpenSource>;
}

/** Whether bytes of a model have to be turned into elements first: an adapter over its base, float8 with scales, Q8_0. */
function isDerived({ tensors }: Checkpoint): boolean {
  return [...tensors.values()].some(({ stored }) => stored !== undefined);
}

/** A model's weights before anything is read. @throws SwizzleError 'checkpoint' */
export function plannedWeights(model: Checkpoint): WeightSet {
  if (!isDerived(model)) return weightsOfCheckpoint(model);
  const { plan } = planOf(model);
  return weightsWithMade(model.label, plan, madePlaces(model.label, plan), String);
}

/**
 * A model's weights. Derived ones are made by the cpu device's lanes, a stage of the forward pass at a time, as a merge would write them.
 * @param options `hub` and `signal` are used
 */
export async function openWeights(model: Checkpoint, store: ModelStore, options: MergerOptions): Promise<OpenWeights> {
  const stack = new ResourceStack();
  const dispose = (): Promise<void> => stack[Symbol.asyncDispose]();
  if (!isDerived(model)) {
    return {
      weights: weightsOfCheckpoint(model),
      open: (path) => store.openSource({ path }),
      [Symbol.asyncDispose]: dispose,
    };
  }
  try {
    const own = { hub: options.hub, signal: options.signal, device: 'cpu' } as const;
    const { plan, checked } = planOf(model);
    const merger = stack.use(await Merger.open(checked, await openDevices(own, stack), own));
    await merger.fetchWeights();
    const made = stack.use(await MadeWeights.open(plan, merger));
    return { weights: made.weights, open: (path) => made.openSource(path), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function planOf(model: Checkpoint): { readonly plan: Plan; readonly checked: CheckedRecipe } {
  const checked = checkRecipe(recipeFromModel(model.label));
  return { checked, plan: makePlan([{ checked }], new Map([[model.label, model]]), planOptions({})) };
}
