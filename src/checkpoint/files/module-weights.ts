import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isModelFolder } from './model-files.ts';
import { isRecord } from '../header/repeated-key.ts';

/** Weights of a module of sentence-transformers (a dense layer behind the pooling), in a folder of its own. */
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

/** Folders that modules.json names, each directly inside the model's. */
async function moduleFolders(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, 'modules.json'), 'utf8').catch(() => '[]');
  const paths = parseModules(text).flatMap((module): string[] => {
    const path = isRecord(module) ? module['path'] : undefined;
    return typeof path === 'string' ? [path] : [];
  });
  return [...new Set(paths)].filter(isModelFolder).sort();
}

function parseModules(text: string): unknown[] {
  try {
    const root: unknown = JSON.parse(text);
    return Array.isArray(root) ? root : [];
  } catch {
    return [];
  }
}
