import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, SwizzleError, systemCode } from '../../../errors.ts';
import { checkIndex, parseShardIndex, type WeightMap } from './shard-index.ts';
import { joinShards, type Checkpoint, type ShardHeader } from '../checkpoint.ts';
import { leadsOut, openLocalSource } from './local-source.ts';
import { splitNames } from '../gguf/names.ts';
import { moduleWeights } from './module-weights.ts';
import { MAX_CONFIG_BYTES, MAX_INDEX_BYTES, readText } from '../../../regular-file.ts';
import { isWeightFile, readShardHeaders } from './read-shard.ts';
import { chooseWeightFiles, hasWeights, wholeSplit } from './weight-files.ts';

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
        `${path}: is neither a model folder nor a file of weights (.safetensors, .bin, .gguf)`,
      );
    }
    const folder = dirname(path);
    const parts = splitNames(basename(path));
    const files = parts === undefined ? [basename(path)] : wholeSplit(path, parts, await readdir(folder));
    return joinShards(path, undefined, await readConfig(folder), await readShards(folder, files, signal));
  }
  const config = await readConfig(path);
  const modules = await readModules(path, signal);
  const { files, index } = await weightFiles(path, modules.length > 0);
  const shards = await readShards(path, files, signal);
  if (index !== undefined) checkIndex(index.name, index.weights, shards);
  return joinShards(path, path, config, [...shards, ...modules], index?.weights);
}

/** Headers of the weights that a model's modules have in folders of their own (sentence-transformers). */
export async function readModules(folder: string, signal?: AbortSignal): Promise<ShardHeader[]> {
  const shards: ShardHeader[] = [];
  for (const { module, path } of await moduleWeights(folder)) {
    const own = await readShards(dirname(path), [basename(path)], signal);
    shards.push(...own.map((shard) => ({ ...shard, module })));
  }
  return shards;
}

async function readShards(folder: string, files: readonly string[], signal?: AbortSignal): Promise<ShardHeader[]> {
  const paths = files.map((file) => join(folder, file));
  const read = await readShardHeaders(
    paths.map((path) => ({ name: path, open: () => openLocalSource(path) })),
    signal,
  );
  return read.map((one, index) => ({ path: paths[index] ?? '', ...one }));
}

interface WeightFiles {
  /** By name. */
  readonly files: readonly string[];
  readonly index?: { readonly name: string; readonly weights: WeightMap } | undefined;
}

/** @param mayLack whether a folder without weights is fine: all of them are in its modules */
async function weightFiles(folder: string, mayLack: boolean): Promise<WeightFiles> {
  const names = await readdir(folder);
  if (mayLack && !hasWeights(names)) return { files: [] };
  const choice = chooseWeightFiles(folder, names);
  if ('files' in choice) return choice;
  const path = join(folder, choice.index);
  const weights = parseShardIndex(path, (await readIfThere(path, MAX_INDEX_BYTES)) ?? '');
  return { files: [...new Set(weights.values())].sort(), index: { name: choice.index, weights } };
}

/** config.json goes into outputs, so a link to it may not lead out of the folder. */
async function readConfig(folder: string): Promise<string | undefined> {
  const path = join(folder, 'config.json');
  const text = await readIfThere(path, MAX_CONFIG_BYTES);
  const outside = text === undefined ? undefined : await leadsOut(folder, path);
  if (outside === undefined) return text;
  const rule = "only links inside the model's folder or into the Hub's cache are followed";
  throw new SwizzleError('checkpoint', `${path}: is a link to ${outside}; ${rule}: copy the file there`, {
    details: { path },
  });
}

async function readIfThere(path: string, most: number): Promise<string | undefined> {
  try {
    return await readText(path, most);
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
