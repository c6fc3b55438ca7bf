import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SwizzleError } from '../../errors.ts';
import { isModelFile, isModuleFolder } from '../checkpoint/files/model-files.ts';

/** A model on the Hub, as a user names it. */
export interface ModelId {
  /** "org/name". */
  readonly name: string;
  /** Branch, tag or commit; undefined is the main branch. */
  readonly revision: string | undefined;
}

/** Where a model is: on this machine, or on the Hub. */
type ModelPlace = { readonly path: string } | { readonly hub: ModelId };

const PART = '[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?';
const MODEL = new RegExp(`^(?<name>${PART}/${PART})(?:@(?<revision>[^\\s@]+))?$`);

/** Parses `org/name[@revision]` (the Hub's own rules for names: no "--", no ".."); undefined for anything else. */
export function parseModelId(text: string): ModelId | undefined {
  const { name, revision } = MODEL.exec(text)?.groups ?? {};
  if (name === undefined || name.includes('--') || name.includes('..') || name.endsWith('.git')) return undefined;
  if (revision !== undefined && /\.\.|^\/|\/$|\\/.test(revision)) return undefined;
  return { name, revision };
}

export function formatModelId({ name, revision }: ModelId): string {
  return revision === undefined ? name : `${name}@${revision}`;
}

/** A full commit id: 40 hexadecimal digits. */
export function isCommit(revision: string | undefined): revision is string {
  return revision !== undefined && /^[0-9a-f]{40}$/.test(revision);
}

/**
 * Finds out what `text` means: a folder or file that exists wins, then a Hub name.
 * @param directory what relative paths start from
 * @throws SwizzleError 'checkpoint' when it is neither
 */
export async function locateModel(text: string, directory: string): Promise<ModelPlace> {
  const path = resolve(directory, text);
  const there = await stat(path).then(
    () => true,
    () => false,
  );
  if (there) return { path };
  const hub = parseModelId(text);
  if (hub !== undefined) return { hub };
  throw new SwizzleError(
    'checkpoint',
    `${text}: there is no such folder or file (looked for ${path}), and it is not a Hub name like org/name or org/name@revision`,
  );
}

/**
 * Refuses file names that could lead out of a model's folder on any system: `..`, absolute, with a backslash, a drive
 * letter or a NUL (the rule of huggingface_hub, and stricter).
 * @returns the name as it is
 * @throws SwizzleError 'hub' naming model and file
 */
export function safeFileName(path: string, model: string): string {
  const parts = path.split('/');
  const bad =
    path === '' ||
    parts.some((part) => part === '' || part === '.' || part === '..' || /^[A-Za-z]:/.test(part)) ||
    /[\\\0]/.test(path);
  if (!bad) return path;
  throw new SwizzleError(
    'hub',
    `${model}: refused the file name ${JSON.stringify(path)}: it could lead out of the model's folder`,
    { details: { model, path } },
  );
}

/** What is fetched and is no side file by itself: the card and an adapter's config. */
const MORE_FILES: readonly RegExp[] = [/^README\.md$/, /^adapter_config\.json$/];

const MODULE_WEIGHTS = /^(.+)\/(model\.safetensors|pytorch_model\.bin)$/;

/** Whether a file is the weights of a module of sentence-transformers, in a folder of its own. */
export function isModuleWeights(path: string): boolean {
  const module = MODULE_WEIGHTS.exec(path)?.[1];
  return module !== undefined && isModuleFolder(module);
}

/** Whether a file is one of those that are fetched beside the weights: config, tokenizer, template, code, card, and the weights of modules, which are small. */
export function isSideFile(path: string): boolean {
  if (isModuleWeights(path)) return true;
  return isModelFile(path, true) || MORE_FILES.some((pattern) => pattern.test(path));
}
