import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import { parseConfig } from '../../models/checkpoint/architecture.ts';
import { expertForm, type Tensors, withExperts } from './experts.ts';

/** How experts are written: all of a layer as one tensor (transformers 5), or one by one (transformers 4). */
export type ExpertsWanted = 'packed' | 'separate';

/** Where Mixtral's experts are: one by one, and packed. */
const MIXTRAL = { separate: '.block_sparse_moe.', packed: '.mlp.' } as const;

/** A model with its experts in the form in which they are to be written. */
export function withExpertsWanted(model: Checkpoint, wanted: ExpertsWanted): Checkpoint {
  const own = expertForm(model.tensors);
  if (own === undefined || (own === 'packed') === (wanted === 'packed')) return model;
  const mixtral = own === 'w' || parseConfig(model.config)?.['model_type'] === 'mixtral';
  const form = wanted === 'packed' ? 'packed' : mixtral ? 'w' : 'proj';
  const tensors = withExperts(model.tensors, form);
  return { ...model, tensors: mixtral ? moveMixtral(tensors, wanted) : tensors };
}

/** Mixtral's layers under the names that they have with experts in that form. */
export function moveMixtral(tensors: Tensors, to: ExpertsWanted): Tensors {
  const from = to === 'packed' ? 'separate' : 'packed';
  return new Map(
    [...tensors].map(([name, tensor]) => {
      const own = name.replace(MIXTRAL[from], MIXTRAL[to]);
      return [own, own === name ? tensor : { ...tensor, name: own }];
    }),
  );
}

/** Whether a model's layers have the names of Mixtral with experts in that form. */
export function isMixtral(tensors: Tensors, form: ExpertsWanted): boolean {
  for (const name of tensors.keys()) if (name.includes(MIXTRAL[form])) return true;
  return false;
}
