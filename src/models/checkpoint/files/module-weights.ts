import { messageOf, SwizzleError, systemCode } from '../../../errors.ts';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isModuleFolder, ROUTER_CONFIG } from './model-files.ts';
import { MAX_CONFIG_BYTES, readText } from '../../../regular-file.ts';
import { isRecord } from '../header/repeated-key.ts';

/** Weights of a module of sentence-transformers (a dense layer behind the pooling, a router's), in a folder of its own. */
export interface ModuleWeights {
  /** The folder, inside the model's. */
  readonly module: string;
  readonly path: string;
}

/** In the order in which sentence-transformers looks for them. */
const FILES = ['model.safetensors', 'pytorch_model.bin'] as const;

/** The weight files of a model's modules, by folder; none for a model without modules. */
export async function moduleWeights(folder: string): Promise<ModuleWeights[]> {
  const found: ModuleWeights[] = [];
  for (const module of await moduleFolders(folder)) {
    const names = await readdir(join(folder, module)).catch((): string[] => []);
    const file = FILES.find((name) => names.includes(name));
    if (file !== undefined) found.push({ module, path: join(folder, module, file) });
  }
  return found;
}

/** Folders that modules.json names, and those that a router's configuration names in its own, all inside the model's. */
async function moduleFolders(folder: string): Promise<string[]> {
  const named = list(await readJson(join(folder, 'modules.json'))).flatMap((module): string[] => {
    const path = isRecord(module) ? module['path'] : undefined;
    return typeof path === 'string' ? [path] : [];
  });
  const own = named.filter((path) => path === '' || isModuleFolder(path));
  const inner = await Promise.all(own.map((path) => routedFolders(folder, path)));
  return [...new Set([...own, ...inner.flat()])].filter(isModuleFolder).sort();
}

/** Of a router (modules for queries and others for documents), the folders of its modules; none of another module. */
async function routedFolders(folder: string, module: string): Promise<string[]> {
  const config = await readJson(join(folder, module, ROUTER_CONFIG));
  const types = isRecord(config) ? config['types'] : undefined;
  return isRecord(types) ? Object.keys(types).map((name) => (module === '' ? name : `${module}/${name}`)) : [];
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readText(path, MAX_CONFIG_BYTES));
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(cause) ?? '')) return undefined;
    throw new SwizzleError('checkpoint', `${path}: ${messageOf(cause)}`, { cause, details: { path } });
  }
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
