import { join } from 'node:path';
import { checkIndex, parseShardIndex, type WeightMap } from '../checkpoint/files/shard-index.ts';
import { joinShards, type Checkpoint, type ShardHeader } from '../checkpoint/checkpoint.ts';
import { readModules } from '../checkpoint/files/local.ts';
import { isWeightFile, readShardHeaders } from '../checkpoint/files/read-shard.ts';
import { SwizzleError } from '../../errors.ts';
import type { HubClient } from './request/fetch.ts';
import { formatModelId } from './model-id.ts';
import type { HubModel, NeededFile } from './cache/prepare.ts';
import { hubAddress, openRangeSource, type RangeSource } from './range-source.ts';
import { MAX_INDEX_BYTES, readText } from '../../regular-file.ts';

/** The weight files of a prepared model, in the order of their names. */
export function weightFilesOf(model: HubModel): NeededFile[] {
  return model.needed.filter(({ path }) => isWeightFile(path) && model.shards.includes(path));
}

/**
 * Reads the headers of all shards by range requests, two a shard of safetensors; no tensor data. Shard paths are "hf://" addresses.
 * @param config text of config.json
 * @throws SwizzleError 'hub', 'safetensors' or 'checkpoint' naming the file
 */
export async function readRemoteCheckpoint(
  client: HubClient,
  model: HubModel,
  config: string | undefined,
  signal?: AbortSignal,
): Promise<Checkpoint> {
  const label = formatModelId(model.id);
  const files = weightFilesOf(model);
  const shards = files.map((file) => {
    const open = (): Promise<RangeSource> =>
      Promise.resolve(openRangeSource(client, model.id.name, model.commit, file));
    return { name: file.path, open };
  });
  const headers = (await readShardHeaders(shards, signal)).map((one, index): ShardHeader => {
    return { path: hubAddress(model.id.name, model.commit, files[index]?.path ?? ''), ...one };
  });
  if (headers.length === 0) throw new SwizzleError('checkpoint', `${label}: has no weights`);
  const index = await readIndex(model);
  if (index !== undefined) checkIndex(`${model.id.name}: ${index.name}`, index.weights, headers);
  // the weights of modules are small, and fetched with the side files
  const modules = await readModules(model.folder, signal);
  return joinShards(label, model.folder, config, [...headers, ...modules], index?.weights);
}

async function readIndex({ id, folder, shards }: HubModel): Promise<{ name: string; weights: WeightMap } | undefined> {
  const name = shards.find((path) => path.endsWith('.index.json'));
  if (name === undefined) return undefined;
  return { name, weights: parseShardIndex(`${id.name}: ${name}`, await readText(join(folder, name), MAX_INDEX_BYTES)) };
}
