import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openLocalSource } from '../checkpoint/files/local-source.ts';
import { readLocalCheckpoint } from '../checkpoint/files/local.ts';
import { settleForm } from '../checkpoint/forms/settle-form.ts';
import { SwizzleError } from '../../errors.ts';
import type { OpenSource } from '../../elements/byte-source.ts';
import { KeptFactors } from './factors-source.ts';
import { openMade } from './open-made.ts';
import type { HubModels, HubOptions } from '../hub/hub-models.ts';
import { parseModelId } from '../hub/model-id.ts';
import type { HubModel } from '../hub/cache/prepare.ts';
import type { InputFile } from '../models.ts';

/** Opens models by name, wherever they are: a folder, a file, or org/name[@revision] on the Hub. */
export interface ModelStore extends AsyncDisposable {
  /** Headers of a model at a path on this machine. */
  openPath(path: string, label: string): Promise<Checkpoint>;
  /** Headers of a model on the Hub; undefined where the name is none of the Hub's. */
  openHub(name: string): Promise<Checkpoint | undefined>;
  /** What the Hub says of a model that was opened by that name. */
  hubModel(name: string): HubModel | undefined;
  /** Where weights go that are still to be fetched, and how many bytes. */
  pending(): { readonly cache: string; readonly bytes: number } | undefined;
  /** Brings the weights of all opened models here, unless they are streamed. */
  fetchWeights(): Promise<void>;
  openSource(file: Pick<InputFile, 'path' | 'made'>): Promise<OpenSource>;
}

/** @param hub how to reach the Hub; undefined: models are on this machine only */
export function modelStore(hub: HubOptions | undefined, signal?: AbortSignal): ModelStore {
  let remote: Promise<HubModels> | undefined;
  let opened: HubModels | undefined;
  const factors = new KeptFactors();
  const openFile = async (path: string): Promise<OpenSource> => {
    if (!path.startsWith('hf://')) return openLocalSource(path);
    if (opened === undefined) throw new SwizzleError('internal', `${path}: was not opened`, { details: { path } });
    return opened.openSource(path);
  };
  return {
    openPath: async (path, label) => settleForm({ ...(await readLocalCheckpoint(path, signal)), label }),
    async openHub(name) {
      const id = parseModelId(name);
      if (id === undefined || hub === undefined) return undefined;
      // the client library is loaded only where a model is on the Hub
      remote ??= import('../hub/hub-models.ts').then(({ openHubModels }) => openHubModels(hub, signal));
      opened = await remote;
      return settleForm(await opened.open(id, name, signal));
    },
    hubModel: (name) => opened?.model(name),
    pending: () => opened && { cache: opened.cache, bytes: opened.missingBytes() },
    fetchWeights: async () => opened?.fetchWeights(signal),
    openSource: ({ path, made }) => (made === undefined ? openFile(path) : openMade(path, made, openFile, factors)),
    [Symbol.asyncDispose]: async () => opened?.[Symbol.asyncDispose](),
  };
}
