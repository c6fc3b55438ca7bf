import type { Checkpoint } from '../models/checkpoint/checkpoint.ts';
import type { HubOptions } from '../models/hub/hub-models.ts';
import { type Inspection, inspectCheckpoint } from '../commands/inspect.ts';
import { checkOptions, checkValue } from '../options/check.ts';
import { REACHING } from '../options/options.ts';
import { MODEL } from './option-kinds.ts';
import { modelStore } from '../models/open/model-store.ts';
import { openModel } from '../models/open/open-models.ts';

/** How models are found that a function takes by name. */
export interface ModelOptions {
  /** How to reach the Hub; undefined: models are on this machine only. */
  readonly hub?: HubOptions | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Architecture, size, parts and tensors of a model. Reads headers and small files only.
 * @param model a folder, a file of weights, org/name, or a checkpoint that is open
 * @throws SwizzleError 'checkpoint', 'safetensors', 'hub'
 */
export async function inspect(model: string | Checkpoint, options: ModelOptions = {}): Promise<Inspection> {
  const { hub: wanted, signal } = checkOptions<ModelOptions>('inspect', REACHING, options);
  checkValue('inspect', 'model', MODEL, model);
  if (typeof model !== 'string') return inspectCheckpoint(model);
  const hub = wanted && { ...wanted, stream: true };
  await using store = modelStore(hub, signal);
  return inspectCheckpoint(await openModel(model, store));
}
