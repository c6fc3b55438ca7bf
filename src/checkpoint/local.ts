import { readFile, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, SwizzleError, systemCode } from '../errors.ts';
import { joinShards, type Checkpoint, type ShardHeader } from './checkpoint.ts';
import { leadsOut } from './inside.ts';
import { openLocalSource } from './local-source.ts';
import { isWeightFile, readShardHeader } from './read-shard.ts';
import { parseShardIndex } from './shard-index.ts';
import { chooseWeightFiles } from './weight-files.ts';

/**
 * Reads the headers of a model on disk: a folder (sharded with an index, or one file), or a .safetensors file.
 * Two reads a shard; no tensor data.
 * @throws SwizzleError 'checkpoint' or 'safetensors', naming the file
 */
export async function readLocalCheckpoint(path: string, signal?: AbortSignal): Promise<Checkpoint> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new SwizzleError('checkpoint', `${path}: ${reason(cause)}`, { cause, details: { path } });
  });
  if (!info.isDirectory()) {
    if (!isWeightFile(path)) {
      throw new SwizzleError(
        'checkpoint',
        `${path}: is neither a model folder nor a file of weights (.safetensors, .bin)`,
      );
    }
    const config = await readConfig(dirname(path));
    return joinShards(path, undefined, config, [await readShard(path, signal)]);
  }
  const config = await readConfig(path);
  const shards: ShardHeader[] = [];
  for (const name of await shardNames(path)) {
    const shard = await readShard(join(path, name.file), signal);
    const there = new Set(shard.header.tensors.map((entry) => entry.name));
    const lost = name.tensors.find((tensor) => !there.has(tensor));
    if (lost !== undefined) {
      throw new SwizzleError(
        'checkpoint',
        `${shard.path}: lacks tensor ${JSON.stringify(lost)}, which ${name.index} places there`,
      );
    }
    shards.push(shard);
  }
  return joinShards(path, path, config, shards);
}

async function readShard(path: string, signal: AbortSignal | undefined): Promise<ShardHeader> {
  await using source = await openLocalSource(path);
  return { path, size: source.size, header: await readShardHeader(source, path, signal) };
}

/** Weight files of a folder, each with the tensors that an index says it holds. */
async function shardNames(folder: string): Promise<{ file: string; tensors: string[]; index: string }[]> {
  const choice = chooseWeightFiles(folder, await readdir(folder));
  if ('single' in choice) return [{ file: choice.single, tensors: [], index: '' }];
  const { index } = choice;
  const byFile = new Map<string, string[]>();
  for (const [tensor, file] of parseShardIndex(join(folder, index), await readFile(join(folder, index), 'utf8'))) {
    const tensors = byFile.get(file);
    if (tensors === undefined) byFile.set(file, [tensor]);
    else tensors.push(tensor);
  }
  return [...byFile].map(([file, tensors]) => ({ file, tensors, index })).sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** config.json goes into outputs, so a link to it may not lead out of the folder. */
async function readConfig(folder: string): Promise<string | undefined> {
  const path = join(folder, 'config.json');
  const text = await readIfThere(path);
  const outside = text === undefined ? undefined : await leadsOut(folder, path);
  if (outside === undefined) return text;
  const rule = "only links inside the model's folder or into the Hub's cache are followed";
  throw new SwizzleError('checkpoint', `${path}: is a link to ${outside}; ${rule}: copy the file there`);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw new SwizzleError('checkpoint', `${path}: ${reason(cause)}`, { cause, details: { path } });
  }
}

function reason(cause: unknown): string {
  const code = systemCode(cause);
  if (code === 'ENOENT') return 'no such file or folder';
  if (code === 'EACCES') return 'permission denied';
  return messageOf(cause);
}
