import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { type LocalSource, openLocalSource } from '../checkpoint/files/local-source.ts';
import { readLocalCheckpoint } from '../checkpoint/files/local.ts';
import { SwizzleError } from '../../errors.ts';
import { cacheState, modelCache } from './cache/cache.ts';
import { hubClient, type RetryNotice } from './request/fetch.ts';
import { type Environment, readHubSettings } from './request/environment.ts';
import type { ModelId } from './model-id.ts';
import { type HubModel, type NeededFile, prepareModel } from './cache/prepare.ts';
import { missingBytes, type PullEvent, pullModels } from './pull.ts';
import { hubAddress, openRangeSource, type RangeSource } from './range-source.ts';
import { readRemoteCheckpoint, weightFilesOf } from './remote-checkpoint.ts';
import { MAX_CONFIG_BYTES, readText } from '../../regular-file.ts';

/** How models are taken from the Hub. */
export interface HubOptions {
  readonly env: Environment;
  /** Read weights by range requests, without a local copy. */
  readonly stream?: boolean | undefined;
  readonly onPull?: ((event: PullEvent) => void) | undefined;
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  /** Called with what else the user should know; the work goes on. */
  readonly onNotice?: ((text: string) => void) | undefined;
}

/** A file's bytes, here or there; closed by whoever opened it. */
export type HubSource = LocalSource | RangeSource;

/** The models of one command that are on the Hub. Disposing removes what streaming had to keep for a while. */
export interface HubModels extends AsyncDisposable {
  /** Checks the model and reads its headers; moves no weights. */
  open(id: ModelId, label: string, signal?: AbortSignal): Promise<Checkpoint>;
  /** What was opened under a label. */
  model(label: string): HubModel | undefined;
  readonly cache: string;
  /** Bytes of weights that `fetchWeights` will bring into the cache. */
  missingBytes(): number;
  /** Brings all weights into the cache; nothing to do when streaming. */
  fetchWeights(signal?: AbortSignal): Promise<void>;
  /** Opens a shard by the "hf://" address that its checkpoint gives it. */
  openSource(address: string): Promise<HubSource>;
}

/** A weight file, and where it is on this machine, if it is. */
interface Weights {
  readonly model: HubModel;
  readonly file: NeededFile;
  readonly local: string | undefined;
}

/** @throws SwizzleError 'usage' or 'io' when the environment is wrong */
export async function openHubModels(options: HubOptions, signal?: AbortSignal): Promise<HubModels> {
  const settings = await readHubSettings(options.env);
  const stream = options.stream === true && !settings.offline;
  // streaming leaves the cache alone: config and tokenizer are kept aside until the end
  const aside = stream ? await mkdtemp(join(tmpdir(), 'swizzle-stream-')) : undefined;
  const client = hubClient(
    { ...settings, cache: aside ?? settings.cache },
    {
      signal,
      onRetry: options.onRetry,
      onNotice: options.onNotice,
    },
  );
  const models = new Map<string, HubModel>();
  const weights = new Map<string, Weights>();
  return {
    cache: settings.cache,
    async open(id, label, signal) {
      const prepared = await prepareModel(client, id, settings.cache);
      const model = stream ? ((await wholeInCache(settings.cache, prepared)) ?? prepared) : prepared;
      models.set(label, model);
      const files = weightFilesOf(model);
      const small = model.needed.filter((file) => !files.includes(file));
      await pullModels(client, [{ ...model, needed: small }], { signal });
      for (const file of files) {
        const local = await localPath(settings.cache, model, file);
        weights.set(hubAddress(id.name, model.commit, file.path), { model, file, local });
      }
      const there = files.every((file) => file.state === 'linked');
      if (there) return { ...(await readLocalCheckpoint(model.folder, signal)), label };
      const config = await readText(join(model.folder, 'config.json'), MAX_CONFIG_BYTES).catch(() => undefined);
      return { ...(await readRemoteCheckpoint(client, model, config, signal)), label };
    },
    model: (label) => models.get(label),
    missingBytes: () => (stream ? 0 : missingBytes([...weights.values()].map(({ file }) => file))),
    async fetchWeights(signal) {
      if (stream || models.size === 0) return;
      await pullModels(client, [...models.values()], { signal, onEvent: options.onPull });
    },
    async openSource(address) {
      const found = weights.get(address);
      if (found === undefined) throw new SwizzleError('internal', `${address}: was not opened`);
      const { model, file, local } = found;
      if (!stream) return openLocalSource(join(model.folder, file.path));
      if (local !== undefined) return openLocalSource(local);
      return openRangeSource(client, model.id.name, model.commit, file);
    },
    async [Symbol.asyncDispose]() {
      if (aside !== undefined) await rm(aside, { recursive: true, force: true });
    },
  };
}

/** The model as the user's cache has it, if it is there whole. */
async function wholeInCache(root: string, model: HubModel): Promise<HubModel | undefined> {
  const cache = modelCache(root, model.id.name);
  const states = await Promise.all(model.needed.map((file) => cacheState(cache, model.commit, file)));
  if (states.some((state) => state !== 'linked')) return undefined;
  const needed = model.needed.map((file) => ({ ...file, state: 'linked' as const }));
  return { ...model, cache, folder: cache.snapshot(model.commit), needed };
}

/** Where the user's cache has the file whole. */
async function localPath(root: string, model: HubModel, file: NeededFile): Promise<string | undefined> {
  const cache = modelCache(root, model.id.name);
  const state = await cacheState(cache, model.commit, file);
  if (state === 'linked') return join(cache.snapshot(model.commit), file.path);
  return state === 'blob' ? cache.blob(file.etag) : undefined;
}
