import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import PQueue from 'p-queue';
import { joinShards, type Checkpoint, type ShardHeader } from '../checkpoint/checkpoint.ts';
import { readHeader } from '../checkpoint/read-header.ts';
import { parseShardIndex } from '../checkpoint/shard-index.ts';
import { SwizzleError } from '../errors.ts';
import type { HubClient } from './client.ts';
import { formatModelId } from './model-id.ts';
import type { HubModel, NeededFile } from './prepare.ts';
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
  await checkIndex(model, headers);
  return joinShards(label, model.folder, config, headers);
}

/** Every tensor must be in the shard where the index places it. */
async function checkIndex(model: HubModel, headers: readonly ShardHeader[]): Promise<void> {
  if (!model.shards.includes(INDEX)) return;
  const text = await readFile(join(model.folder, INDEX), 'utf8');
  const { id, commit } = model;
  const there = new Map(
    headers.map(({ path, header }) => [path, new Set(header.tensors.map(({ name }) => name))] as const),
  );
  for (const [tensor, shard] of parseShardIndex(`${id.name}: ${INDEX}`, text)) {
    if (there.get(hubAddress(id.name, commit, shard))?.has(tensor) === true) continue;
    const found = JSON.stringify(tensor);
    throw new SwizzleError('checkpoint', `${id.name}: ${shard} lacks tensor ${found}, which ${INDEX} places there`);
  }
}
