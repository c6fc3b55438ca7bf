import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import PQueue from 'p-queue';
import { checkIndex } from '../checkpoint/files/check-index.ts';
import { joinShards, type Checkpoint, type ShardHeader } from '../checkpoint/checkpoint.ts';
import { readModules } from '../checkpoint/files/local.ts';
import { readHeader } from '../checkpoint/header/read-header.ts';
import { parseShardIndex, type WeightMap } from '../checkpoint/files/shard-index.ts';
import { SwizzleError } from '../errors.ts';
import type { HubClient } from './request/client.ts';
import { formatModelId } from './model-id.ts';
import type { HubModel, NeededFile } from './cache/prepare.ts';
import { hubAddress, openRangeSource } from './range-source.ts';
import { INDEX } from './select.ts';

const CONCURRENCY = 8;

/** The weight files of a prepared model, in the order of their names. */
export function weightFilesOf(model: HubModel): NeededFile[] {
  return model.needed.filter(({ path }) => path.endsWith('.safetensors') && model.shards.includes(path));
}

/**
 * Reads the headers of all shards by range requests, two a shard; no tensor data. Shard paths are "hf://" addresses.
 * @param config text of config.json
 * @throws SwizzleError 'hub', 'safetensors' or 'checkpoint' naming the file
 */
export async function readRemoteCheckpoint(
  client: HubClient,
  model: HubModel,
  config: string | undefined,
  signal?: AbortSignal,
): Promise<Checkpoint> {
  const queue = new PQueue({ concurrency: CONCURRENCY });
  const label = formatModelId(model.id);
  const headers = await queue.addAll(
    weightFilesOf(model).map((file) => async (): Promise<ShardHeader> => {
      const source = openRangeSource(client, model.id.name, model.commit, file);
      const header = await readHeader(source, signal);
      return { path: hubAddress(model.id.name, model.commit, file.path), size: file.size, header };
    }),
  );
  if (headers.length === 0) throw new SwizzleError('checkpoint', `${label}: has no weights`);
  const index = await readIndex(model);
  if (index !== undefined) checkIndex(`${model.id.name}: ${INDEX}`, index, headers);
  // the weights of modules are small, and fetched with the side files
  const modules = await readModules(model.folder, signal);
  return joinShards(label, model.folder, config, [...headers, ...modules], index);
}

async function readIndex({ id, folder, shards }: HubModel): Promise<WeightMap | undefined> {
  if (!shards.includes(INDEX)) return undefined;
  return parseShardIndex(`${id.name}: ${INDEX}`, await readFile(join(folder, INDEX), 'utf8'));
}
