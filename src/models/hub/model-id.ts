import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SwizzleError } from '../../errors.ts';

/** A model on the Hub, as a user names it. */
export interface ModelId {
  /** "org/name". */
  readonly name: string;
  /** Branch, tag or commit; undefined is the main branch. */
  readonly revision: string | undefined;
}

/** Where a model is: on this machine, or on the Hub. */
export type ModelPlace = { readonly path: string } | { readonly hub: ModelId };

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
