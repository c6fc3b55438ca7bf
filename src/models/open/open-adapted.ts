import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseAdapterConfig } from '../checkpoint/adapter/adapter-config.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { readLocalCheckpoint } from '../checkpoint/files/local.ts';
import { isAdapterFile } from '../checkpoint/files/weight-files.ts';
import { SwizzleError } from '../../errors.ts';
import { parseModelId } from '../hub/model-id.ts';
import { adaptedModel } from './adapted-model.ts';
import { modelText } from './model-text.ts';

/** Opens a model by a name without adapters; undefined where there is none of that name. */
export type OpenPlain = (name: string) => Promise<Checkpoint | undefined>;

const CONFIG = 'adapter_config.json';

/**
 * Opens a model, or a base model and an adapter over it, as in BASE+ADAPTER. A path that has a + in it is itself first.
 * @param isThere whether something is at a path
 * @throws SwizzleError 'checkpoint' for an adapter without its base; 'mismatch' for one of another model
 */
export async function openMaybeAdapted(
  name: string,
  open: OpenPlain,
  isThere: (path: string) => Promise<boolean>,
): Promise<Checkpoint | undefined> {
  const pair = (await isThere(name)) ? undefined : await splitName(name, isThere);
  if (pair === undefined) {
    const model = await open(name);
    if (model !== undefined) refuseAdapter(model);
    return model;
  }
  const [base, adapter] = [await open(pair.base), await open(pair.adapter)];
  for (const [part, opened] of [[pair.base, base] as const, [pair.adapter, adapter] as const]) {
    if (opened === undefined) throw new SwizzleError('checkpoint', `${name}: there is no ${part}`);
  }
  if (base === undefined || adapter === undefined) return undefined;
  refuseAdapter(base);
  const text = await modelText(adapter, CONFIG);
  if (text === undefined) {
    throw new SwizzleError('checkpoint', `${name}: ${pair.adapter} has no ${CONFIG}: is it a PEFT adapter?`);
  }
  const config = parseAdapterConfig(join(adapter.folder ?? '', CONFIG), text);
  return { ...(await adaptedModel(base, await onlyAdapter(adapter), config)), label: name };
}

/** The last + with a model in front of it parts a name. */
async function splitName(
  name: string,
  isThere: (path: string) => Promise<boolean>,
): Promise<{ readonly base: string; readonly adapter: string } | undefined> {
  for (let at = name.lastIndexOf('+'); at > 0; at = name.lastIndexOf('+', at - 1)) {
    const [base, adapter] = [name.slice(0, at), name.slice(at + 1)];
    if (adapter !== '' && ((await isThere(base)) || parseModelId(base) !== undefined)) return { base, adapter };
  }
  const at = name.lastIndexOf('+');
  return at > 0 ? { base: name.slice(0, at), adapter: name.slice(at + 1) } : undefined;
}

/** An adapter's own weights, where its folder holds a whole model beside them. */
async function onlyAdapter(adapter: Checkpoint): Promise<Checkpoint> {
  const [shard] = adapter.shards;
  if (adapter.folder === undefined || (shard && isAdapterFile(basename(shard.path)))) return adapter;
  for (const file of ['adapter_model.safetensors', 'adapter_model.bin']) {
    const path = join(adapter.folder, file);
    const there = await stat(path).then(
      () => true,
      () => false,
    );
    if (there) return { ...(await readLocalCheckpoint(path)), label: adapter.label, folder: adapter.folder };
  }
  throw new SwizzleError('checkpoint', `${adapter.label}: holds no adapter_model.safetensors`);
}

function refuseAdapter({ label, shards }: Checkpoint): void {
  const [file] = shards.map(({ path }) => basename(path));
  if (file === undefined || !isAdapterFile(file)) return;
  const message = `${label}: holds an adapter (${file}), not a model: name it behind its base model, as in BASE+${label}`;
  throw new SwizzleError('checkpoint', message, { details: { model: label } });
}
