import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseShardIndex } from '../../checkpoint/files/shard-index.ts';
import { isGguf } from '../../checkpoint/files/read-shard.ts';
import { moduleWeights } from '../../checkpoint/files/module-weights.ts';
import { chooseWeightFiles, hasWeights, isAdapterFile } from '../../checkpoint/files/weight-files.ts';
import { messageOf, SwizzleError } from '../../../errors.ts';
import type { ModelFacts } from '../model-facts.ts';
import {
  cacheState,
  fileSize,
  linkBlob,
  modelCache,
  readRef,
  writeRef,
  type CacheState,
  type ModelCache,
} from './cache.ts';
import { DEFAULT_RETRY, isRetried } from '../request/backoff.ts';
import { type HubClient, hubClient } from '../request/fetch.ts';
import { downloadBlob } from './download.ts';
import { formatModelId, isCommit, isModuleWeights, isSideFile, type ModelId, safeFileName } from '../model-id.ts';
import { httpFailure } from '../request/http-error.ts';
import { openRepository, type RemoteFile, type Repository } from '../repository.ts';
import { MAX_INDEX_BYTES, readText } from '../../../regular-file.ts';

/** A file that a merge needs, and how much of it the cache has. */
export interface NeededFile extends RemoteFile {
  readonly state: CacheState;
}

/** A model that is known to be there, pinned to a commit, none of its weights fetched for it yet. */
export interface HubModel {
  readonly id: ModelId;
  readonly commit: string;
  readonly cache: ModelCache;
  /** The model's folder in the cache, complete once every needed file is linked. */
  readonly folder: string;
  /** Names of the weight files. */
  readonly shards: readonly string[];
  /** Every file to have, weights included; empty when offline, where the cache is all there is. */
  readonly needed: readonly NeededFile[];
  /** What the Hub says of licence and kind; undefined when offline. */
  readonly facts: ModelFacts | undefined;
}

/**
 * Checks that a model is there and readable, and what of it is needed. Moves no weights: model info, file list, and
 * the index where there is one. With HF_HUB_OFFLINE the cache alone is asked; where the Hub cannot be reached, a copy in
 * the cache is used, as huggingface_hub does.
 * @param root the user's cache, where the client's own is another one
 * @throws SwizzleError 'hub' or 'checkpoint' that says what is missing
 */
export async function prepareModel(
  client: HubClient,
  id: ModelId,
  root: string = client.settings.cache,
): Promise<HubModel> {
  const cache = modelCache(client.settings.cache, id.name);
  if (client.settings.offline) return cachedModel(client, cache, id);
  const known = await cachedModel(client, modelCache(root, id.name), id).catch(() => undefined);
  const repository = known === undefined ? await openRepository(client, id) : await tryRepository(client, id);
  if (repository === undefined && known !== undefined) return known;
  if (repository === undefined) throw new SwizzleError('internal', `${id.name}: neither on the Hub nor in the cache`);
  const { commit, files } = repository;
  const shards = await weightFiles(client, cache, repository);
  const wanted = [...new Set([...files.keys()].filter(isSideFile).concat(shards))].sort();
  const needed: NeededFile[] = [];
  for (const path of wanted) {
    const file = files.get(path);
    if (file !== undefined) needed.push({ ...file, state: await cacheState(cache, commit, file) });
  }
  return { id, commit, cache, folder: cache.snapshot(commit), shards, needed, facts: repository.facts };
}

/** How long the Hub has to answer where a copy is in the cache, in milliseconds; huggingface_hub waits as long. */
const PATIENCE_MS = 10_000;

/** Asks the Hub once, and not for long; undefined, and a line that says so, where it cannot be reached. */
async function tryRepository(client: HubClient, id: ModelId): Promise<Repository | undefined> {
  const { settings, options } = client;
  const signals = [options.signal, AbortSignal.timeout(PATIENCE_MS)].filter((one) => one !== undefined);
  const once = { ...options, signal: AbortSignal.any(signals), retry: { attempts: 1, firstDelayMs: 0 } };
  try {
    return await openRepository(hubClient(settings, once), id);
  } catch (error) {
    options.signal?.throwIfAborted();
    const failure = httpFailure(error);
    if (failure !== undefined) {
      const { attempts, firstDelayMs } = options.retry ?? DEFAULT_RETRY;
      if (!isRetried(failure.status) || attempts < 2) throw error;
      // an answer that may change is waited for, as for models that are not in the cache
      return openRepository(hubClient(settings, { ...options, retry: { attempts: attempts - 1, firstDelayMs } }), id);
    }
    options.onNotice?.(`${formatModelId(id)}: ${messageOf(error)}; the copy in the cache is used`);
    return undefined;
  }
}

/** Fetches one file of a model into the cache, where it is not there yet. */
export async function fetchIntoCache(
  client: HubClient,
  cache: ModelCache,
  model: Pick<Repository, 'id' | 'commit'>,
  file: RemoteFile,
  options: { signal?: AbortSignal | undefined; onBytes?: (done: number) => void } = {},
): Promise<void> {
  const state = await cacheState(cache, model.commit, file);
  if (state === 'linked') return;
  if (state !== 'blob') {
    const places = { blob: cache.blob(file.etag), partial: cache.partial(file.etag) };
    await downloadBlob(client, { model: model.id.name, commit: model.commit, file, ...places }, options);
  }
  await linkBlob(cache, model.commit, file);
}

async function weightFiles(client: HubClient, cache: ModelCache, repository: Repository): Promise<string[]> {
  const { id, commit, files } = repository;
  const atTop = [...files.keys()].filter((path) => !path.includes('/'));
  // the weights of modules are fetched with the side files
  if (!hasWeights(atTop) && atTop.includes('modules.json') && [...files.keys()].some(isModuleWeights)) return [];
  const choice = chooseWeightFiles(formatModelId(id), atTop);
  if ('files' in choice) return [...choice.files];
  const file = files.get(choice.index);
  if (file === undefined) return [];
  await fetchIntoCache(client, cache, repository, file, { signal: client.options.signal });
  const path = join(cache.snapshot(commit), file.path);
  const shards = shardsOf(`${id.name}: ${file.path}`, await readText(path, MAX_INDEX_BYTES));
  const lost = shards.find((shard) => !files.has(shard));
  if (lost !== undefined) {
    throw new SwizzleError('checkpoint', `${id.name}: ${file.path} names ${lost}, which the model does not have`);
  }
  return [file.path, ...shards];
}

function shardsOf(label: string, text: string): string[] {
  return [...new Set(parseShardIndex(label, text).values())].map((shard) => safeFileName(shard, label)).sort();
}

/** Offline: the snapshot that the revision stood for when it was last fetched, if its weights are all there. */
async function cachedModel(client: HubClient, cache: ModelCache, id: ModelId): Promise<HubModel> {
  const revision = id.revision ?? 'main';
  const commit = isCommit(revision) ? revision : await readRef(cache, revision);
  const folder = commit === undefined ? undefined : cache.snapshot(commit);
  const names = folder === undefined ? undefined : await readdir(folder).catch(() => undefined);
  const model = formatModelId(id);
  if (commit === undefined || folder === undefined || names === undefined) {
    throw new SwizzleError(
      'hub',
      `${model}: is not in the cache ${client.settings.cache}, and HF_HUB_OFFLINE is set: unset it, or run "swizzle pull ${model}" with a connection first`,
    );
  }
  if (!hasWeights(names) && (await moduleWeights(folder)).length > 0) {
    return { id, commit, cache, folder, shards: [], needed: [], facts: undefined };
  }
  const choice = chooseWeightFiles(model, names);
  const shards =
    'files' in choice
      ? choice.files
      : shardsOf(`${id.name}: ${choice.index}`, await readText(join(folder, choice.index), MAX_INDEX_BYTES));
  const config = shards.some(isAdapterFile) ? 'adapter_config.json' : 'config.json';
  // a GGUF file says itself what the model is
  for (const path of [...(shards.some(isGguf) ? [] : [config]), ...shards]) {
    if ((await fileSize(join(folder, path))) === undefined) {
      throw new SwizzleError(
        'hub',
        `${model}: its copy in the cache lacks ${path}, and HF_HUB_OFFLINE is set: unset it, or run "swizzle pull ${model}" with a connection first`,
      );
    }
  }
  return { id, commit, cache, folder, shards, needed: [], facts: undefined };
}

/** Notes in the cache what the revision stands for, as Python does, so that it can be found offline. */
export async function noteRevision(model: HubModel): Promise<void> {
  if (!isCommit(model.id.revision)) await writeRef(model.cache, model.id.revision ?? 'main', model.commit);
}
