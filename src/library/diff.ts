import type { Checkpoint } from '../models/checkpoint/checkpoint.ts';
import { diff as compare, type DiffProgress, type DiffResult } from '../commands/diff.ts';
import { modelStore } from '../models/open/model-store.ts';
import { openModel } from '../models/open/open-models.ts';
import { checkOptions, checkValue, type OptionKinds } from '../options/check.ts';
import { callback } from '../options/kinds.ts';
import { COMPARING, REACHING } from '../options/options.ts';
import type { ModelOptions } from './inspect.ts';
import { MODEL } from './option-kinds.ts';

/** How a comparison is run. */
export interface DiffOptions extends ModelOptions {
  /** Largest |a − b| allowed, as a share of the largest magnitude in the tensor. Default 0: the values are the same. */
  readonly tolerance?: number | undefined;
  readonly onProgress?: ((progress: DiffProgress) => void) | undefined;
}

const KINDS: OptionKinds<DiffOptions> = { ...REACHING, ...COMPARING, onProgress: callback() };

/**
 * Compares two models tensor by tensor, by value.
 * @param a a folder, a file of weights, org/name, or a checkpoint that is open; so is `b`
 * @throws SwizzleError 'checkpoint', 'safetensors', 'hub', 'io'; the signal's reason when aborted
 */
export async function diff(
  a: string | Checkpoint,
  b: string | Checkpoint,
  options: DiffOptions = {},
): Promise<DiffResult> {
  const { hub, signal, tolerance = 0, onProgress } = checkOptions('diff', KINDS, options);
  checkValue('diff', 'a', MODEL, a);
  checkValue('diff', 'b', MODEL, b);
  await using store = modelStore(hub, signal);
  const open = async (model: string | Checkpoint): Promise<Checkpoint> =>
    typeof model === 'string' ? openModel(model, store) : model;
  const [one, other] = [await open(a), await open(b)];
  await store.fetchWeights();
  return compare(one, other, tolerance, signal, (file) => store.openSource(file), onProgress);
}
