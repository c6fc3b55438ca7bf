import type { Checkpoint, CheckpointTensor } from '../../models/checkpoint/checkpoint.ts';
import type { Models } from '../../models/models.ts';
import { layerStacks, type LayerStacks } from '../layers/stacks.ts';
import { readTextConfig, type TextConfig } from '../layers/text-config.ts';
import { tensorFinder } from '../layers/tied.ts';

/** A model as matching sees it. */
export interface ModelView {
  /** As the recipe names it. */
  readonly name: string;
  readonly checkpoint: Checkpoint;
  readonly config: TextConfig;
  readonly stacks: LayerStacks;
  /** The tensor of that name, or the one that it is tied to. */
  find(tensor: string): CheckpointTensor | undefined;
}

/** Looks at each model once, when it is first asked for. */
export function viewsOf(models: Models): (name: string) => ModelView {
  const views = new Map<string, ModelView>();
  return (name) => {
    const known = views.get(name);
    if (known !== undefined) return known;
    const checkpoint = models.get(name);
    if (checkpoint === undefined) throw new RangeError(`model ${name} was not opened`);
    const config = readTextConfig(checkpoint.config);
    const stacks = layerStacks(checkpoint.tensors.keys(), config);
    const view = { name, checkpoint, config, stacks, find: tensorFinder(checkpoint) };
    views.set(name, view);
    return view;
  };
}
