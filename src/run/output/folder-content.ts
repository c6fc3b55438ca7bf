import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST, namesBelow, MOST_STRANGERS, readManifest } from './manifest.ts';

/** The recipe beside the weights: every output has it. */
const RECIPE = 'swizzle_recipe.yml';

/** What stands in a folder that may be replaced. */
export interface FolderContent {
  readonly files: number;
  readonly bytes: number;
  /** Whether a merge has written the folder. */
  readonly isOutput: boolean;
  /** Files that no merge has written, in order of name; at most `MOST_STRANGERS`. */
  readonly strangers: readonly string[];
}

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
  const manifest = (await readManifest(folder))?.files;
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
