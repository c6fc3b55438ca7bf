import { lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SwizzleError } from '../errors.ts';
import { packageVersion } from '../package-version.ts';

/** Lists what a merge wrote into its folder, so that a later one knows what it may replace. */
export const MANIFEST = 'swizzle_manifest.json';

/** The recipe beside the weights: every output has it. */
const RECIPE = 'swizzle_recipe.yml';

/** A file of an output folder. */
export interface ListedFile {
  readonly bytes: number;
}

/** By name, relative to the folder, with `/`. */
export type Manifest = ReadonlyMap<string, ListedFile>;

/** Lists what is in an output folder, in the folder. @throws SwizzleError 'io' */
export async function writeManifest(folder: string): Promise<void> {
  const path = join(folder, MANIFEST);
  try {
    const files: Record<string, ListedFile> = {};
    for (const name of (await namesBelow(folder)).sort()) {
      if (name !== MANIFEST) files[name] = { bytes: (await lstat(join(folder, name))).size };
    }
    await writeFile(path, `${JSON.stringify({ tool: 'swizzle', version: packageVersion(), files }, undefined, 2)}\n`);
  } catch (cause) {
    throw new SwizzleError('io', `${path}: writing: ${messageOf(cause)}`, { cause, details: { path } });
  }
}

/** Undefined where there is none, or none that can be understood. */
async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    const root: unknown = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8'));
    if (typeof root !== 'object' || root === null || !('files' in root)) return undefined;
    const { files } = root;
    if (typeof files !== 'object' || files === null) return undefined;
    const entries = Object.entries(files).flatMap(([name, file]: [string, unknown]): [string, ListedFile][] => {
      const bytes: unknown = typeof file === 'object' && file !== null && 'bytes' in file ? file.bytes : undefined;
      return typeof bytes === 'number' ? [[name, { bytes }]] : [];
    });
    return new Map(entries);
  } catch {
    return undefined;
  }
}

/** What stands in a folder that may be replaced. */
export interface FolderContent {
  readonly files: number;
  readonly bytes: number;
  /** Whether a merge has written the folder. */
  readonly isOutput: boolean;
  /** Files that no merge has written, in order of name; at most `MOST_STRANGERS`. */
  readonly strangers: readonly string[];
}

export const MOST_STRANGERS = 1000;

/** Names that outputs have, for folders that were written before there was a manifest. */
const USUAL: readonly RegExp[] = [
  /^model(-\d{5}-of-\d{5})?\.safetensors$/,
  /^model\.safetensors\.index\.json$/,
  /^(README\.md|swizzle_recipe\.yml)$/,
  /^(config|generation_config|preprocessor_config|processor_config)\.json$/,
  /^(tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|chat_template)\.json$/,
  /^(vocab|merges)\.txt$/,
  /^(chat_template\.jinja|[^/]+\.(model|tiktoken))$/,
  /^(modules|sentence_bert_config|config_sentence_transformers)\.json$/,
  /^\d+_[A-Za-z]+\/config\.json$/,
  /^(LICENSE|LICENCE|NOTICE|USE_POLICY)[^/]*$/i,
];

/** Looks what is in a folder, and what of it no merge has written. */
export async function folderContent(folder: string): Promise<FolderContent> {
  const names = await namesBelow(folder);
  const manifest = await readManifest(folder);
  const isOutput = manifest !== undefined || names.includes(RECIPE);
  const strangers: string[] = [];
  let bytes = 0;
  for (const name of names.sort()) {
    if (strangers.length === MOST_STRANGERS) break;
    const info = await lstat(join(folder, name));
    bytes += info.size;
    const listed = manifest?.get(name);
    const known =
      manifest === undefined
        ? USUAL.some((pattern) => pattern.test(name))
        : name === MANIFEST || (listed !== undefined && (!isWeights(name) || listed.bytes === info.size));
    if (!isOutput || !known || !info.isFile()) strangers.push(name);
  }
  return { files: names.length, bytes, isOutput, strangers };
}

/** Weights of another size than the merge has written are someone's own work. */
function isWeights(name: string): boolean {
  return name.endsWith('.safetensors');
}

/** Everything but folders, and folders that are empty; relative, with `/`. */
async function namesBelow(folder: string, below = ''): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    const inside = entry.isDirectory() ? await namesBelow(folder, name) : [name];
    names.push(...(inside.length > 0 ? inside : [`${name}/`]));
    if (names.length > MOST_STRANGERS * 100) break;
  }
  return names;
}
