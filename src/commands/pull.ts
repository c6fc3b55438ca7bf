import { SwizzleError } from '../errors.ts';
import { hubClient } from '../models/hub/request/fetch.ts';
import { readHubSettings } from '../models/hub/request/environment.ts';
import type { HubOptions } from '../models/hub/hub-models.ts';
import { parseModelId } from '../models/hub/model-id.ts';
import { type HubModel, prepareModel } from '../models/hub/cache/prepare.ts';
import { pullModels } from '../models/hub/pull.ts';

/** A model in the cache. */
export interface PulledModel {
  /** "org/name". */
  readonly model: string;
  readonly commit: string;
  /** Its folder, as transformers would load it. */
  readonly folder: string;
}

export interface PullResult {
  readonly fetchedBytes: number;
  readonly models: readonly PulledModel[];
}

/**
 * Brings models into the Hub's cache. All of them are looked up before the first byte of weights moves.
 * @param names "org/name" or "org/name@revision"
 * @throws SwizzleError 'usage' for other names, 'hub', 'checkpoint', 'space', 'io'; the signal's reason when aborted
 */
export async function pull(names: readonly string[], hub: HubOptions, signal?: AbortSignal): Promise<PullResult> {
  const ids = names.map((name) => {
    const id = parseModelId(name);
    if (id !== undefined) return id;
    throw new SwizzleError('usage', `${name}: expected a Hub name like org/name or org/name@revision`);
  });
  const client = hubClient(await readHubSettings(hub.env), { signal, onRetry: hub.onRetry, onNotice: hub.onNotice });
  const prepared: HubModel[] = [];
  for (const id of ids) prepared.push(await prepareModel(client, id));
  const fetchedBytes = await pullModels(client, prepared, { signal, onEvent: hub.onPull });
  const models = prepared.map(({ id, commit, folder }) => ({ model: id.name, commit, folder }));
  return { fetchedBytes, models };
}
