import type { Checkpoint } from '../models/checkpoint/checkpoint.ts';
import { modelStore } from '../models/open/model-store.ts';
import { openModel } from '../models/open/open-models.ts';
import { extract as make, type ExtractSettings, type ExtractSummary } from '../commands/extract.ts';
import type { ModelOptions } from './inspect.ts';

export interface ExtractOptions extends ModelOptions, ExtractSettings {}

/**
 * Makes a LoRA of what a fine-tune changed in its base model, as PEFT's files.
 * @param base a folder, a file of weights, org/name, or a checkpoint that is open; so is `model`
 * @throws SwizzleError with every kind of code; the signal's reason when aborted. `out` is complete or not there
 */
export async function extract(
  base: string | Checkpoint,
  model: string | Checkpoint,
  options: ExtractOptions,
): Promise<ExtractSummary> {
  await using store = modelStore(options.hub, options.signal);
  const open = async (one: string | Checkpoint): Promise<Checkpoint> =>
    typeof one === 'string' ? openModel(one, store) : one;
  const [own, other] = [await open(base), await open(model)];
  await store.fetchWeights();
  return make(own, other, options, (file) => store.openSource(file));
}
