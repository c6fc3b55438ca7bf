import type { Checkpoint } from '../models/checkpoint/checkpoint.ts';
import { modelStore } from '../models/open/model-store.ts';
import { openModel } from '../models/open/open-models.ts';
import { extract as make, type ExtractSettings, type ExtractSummary } from '../commands/extract.ts';
import { checkOptions, checkValue, type OptionKinds } from '../options/check.ts';
import { callback, flag } from '../options/kinds.ts';
import { EXTRACTING, MERGING, REACHING } from '../options/options.ts';
import type { ModelOptions } from './inspect.ts';
import type { WithNames } from './names.ts';
import { MODEL, OUT } from './option-kinds.ts';

export interface ExtractOptions extends ModelOptions, ExtractSettings {}

const KINDS: OptionKinds<ExtractOptions> = {
  ...REACHING,
  ...EXTRACTING,
  out: OUT,
  dtype: MERGING.dtype,
  saveModules: flag(),
  force: flag(),
  onProgress: callback(),
  onRemark: callback(),
};

/**
 * Makes a LoRA of what a fine-tune changed in its base model, as PEFT's files.
 * @param base a folder, a file of weights, org/name, or a checkpoint that is open; so is `model`
 * @throws SwizzleError with every kind of code; the signal's reason when aborted. `out` is complete or not there
 */
export async function extract(
  base: string | Checkpoint,
  model: string | Checkpoint,
  options: WithNames<ExtractOptions>,
): Promise<ExtractSummary> {
  const settings = checkOptions('extract', KINDS, options);
  checkValue('extract', 'base', MODEL, base);
  checkValue('extract', 'model', MODEL, model);
  await using store = modelStore(settings.hub, settings.signal);
  const open = async (one: string | Checkpoint): Promise<Checkpoint> =>
    typeof one === 'string' ? openModel(one, store) : one;
  const [own, other] = [await open(base), await open(model)];
  await store.fetchWeights();
  return make(own, other, settings, (file) => store.openSource(file));
}
