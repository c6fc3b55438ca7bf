import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A small file that makes a folder of weights a model: tokenizer, generation config, chat template, code, licence. */
export interface SideFile {
  /** Relative to the model's folder, with `/`. */
  readonly name: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** Largest side file, in bytes; the largest tokenizers take some 40 MB. */
const MAX_BYTES = 256 * 1024 * 1024;

const WANTED =
  /(\.(json|jsonl|txt|model|jinja|py|tiktoken|spm|vocab|merges|bpe)|^(LICENSE|LICENCE|NOTICE|USE_POLICY)[^/]*)$/i;
const WEIGHTS =
  /(\.index\.json|^(README|.*\.trainer_state)[^/]*|^(trainer_state|training_args|all_results|train_results|eval_results|optimizer|scheduler)\..*)$/i;

/** Whether a file of a model's folder belongs to the model beside its weights. @param name without folders */
function isSideFile(name: string): boolean {
  return WANTED.test(name) && !WEIGHTS.test(name) && !name.startsWith('.');
}

/** Side files of a model's folder and of its subfolders (sentence-transformers keeps its layers there), by name. */
export async function listSideFiles(folder: string): Promise<SideFile[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files: SideFile[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = path
      .slice(folder.length)
      .replace(/^[/\\]+/, '')
      .replaceAll('\\', '/');
    if (!isSideFile(entry.name) || name.split('/').length > 2 || name.startsWith('.')) continue;
    // a Hub snapshot holds links into its blobs
    const info = await stat(path);
    if (info.isFile() && info.size <= MAX_BYTES) files.push({ name, path, size: info.size });
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}
