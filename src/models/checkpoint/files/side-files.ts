import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../../../errors.ts';
import { leadsOut } from './local-source.ts';
import { MAX_CONFIG_BYTES, readText } from '../../../regular-file.ts';
import { isMadeAnew, isModelFile, isModelFolder, isRoutedFolder, ROUTER_CONFIG } from './model-files.ts';

/** A small file that makes a folder of weights a model: tokenizer, generation config, chat template, code, licence. */
export interface SideFile {
  /** Relative to the model's folder, with `/`. */
  readonly name: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** What a model's folder holds beside its weights. */
export interface SideFiles {
  /** By name. */
  readonly files: readonly SideFile[];
  /** Names of files and folders (with `/` behind) that are no part of a model, by name. */
  readonly strangers: readonly string[];
  /** Files that would be the model's, and cannot be taken: a line each that says why. */
  readonly refused: readonly string[];
}

/** Largest side file, in bytes; the largest tokenizers take some 40 MB. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Where a model names its own code. */
const CODE_CONFIGS = ['config.json', 'tokenizer_config.json', 'processor_config.json', 'preprocessor_config.json'];

/**
 * Side files of a model's folder and of its modules' folders (sentence-transformers).
 * Links are followed inside the folder and into the Hub's cache only: a LICENSE that is a link to somebody's secrets
 * would be published with the output.
 * @param weights names of the weight files inside the folder, which are no side files and no strangers
 */
export async function listSideFiles(folder: string, weights: ReadonlySet<string> = new Set()): Promise<SideFiles> {
  const code = await bringsCode(folder);
  const files: SideFile[] = [];
  const strangers: string[] = [];
  const refused: string[] = [];
  const take = async (name: string): Promise<void> => {
    const path = join(folder, name);
    const found = await examine(folder, path).catch(() => ({ problem: 'is a link that leads nowhere' }));
    if ('problem' in found) refused.push(`${path}: ${found.problem}`);
    else files.push({ name, path, size: found.size });
  };
  const lookAll = async (entries: readonly Dirent[], inside: string): Promise<void> => {
    const isRouter = entries.some(({ name }) => name === ROUTER_CONFIG);
    await Promise.all(entries.map((entry) => look(entry, inside, isRouter)));
  };
  const look = async (entry: Dirent, inside: string, inRouter: boolean): Promise<void> => {
    const name = inside + entry.name;
    if (isModelFile(name, code)) await take(name);
    else if (isModelFolder(name) && (inRouter || !isRoutedFolder(name)))
      await lookAll(await readdir(join(folder, name), { withFileTypes: true }).catch(() => []), `${name}/`);
    else if (!isMadeAnew(name) && !weights.has(name)) strangers.push(isFolder(entry) ? `${name}/` : name);
  };
  // a model on the Hub that is weights alone has no folder before they are fetched
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown): Dirent[] => {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  });
  await lookAll(entries, '');
  return {
    files: files.sort((a, b) => (a.name < b.name ? -1 : 1)),
    strangers: strangers.sort(),
    refused: refused.sort(),
  };
}

async function examine(folder: string, path: string): Promise<{ size: number } | { problem: string }> {
  const outside = await leadsOut(folder, path);
  if (outside !== undefined) {
    const rule = "only links inside the model's folder or into the Hub's cache are followed";
    return { problem: `is a link to ${outside}, not followed: ${rule}` };
  }
  const info = await stat(path);
  if (!info.isFile()) return { problem: 'is no file' };
  if (info.size > MAX_BYTES) return { problem: `takes ${info.size} bytes, a model's side file at most ${MAX_BYTES}` };
  return { size: info.size };
}

function isFolder(entry: Dirent): boolean {
  return entry.isDirectory();
}

/** Whether the model comes with Python code of its own, which its configs then name. */
async function bringsCode(folder: string): Promise<boolean> {
  const read = (name: string): Promise<string> => readText(join(folder, name), MAX_CONFIG_BYTES).catch(() => '');
  const [modules = '', ...configs] = await Promise.all(['modules.json', ...CODE_CONFIGS].map(read));
  if (configs.some((text) => text.includes('"auto_map"'))) return true;
  // modules of sentence-transformers that are not its own
  return /"type"\s*:\s*"(?!sentence_transformers\.)/.test(modules);
}
