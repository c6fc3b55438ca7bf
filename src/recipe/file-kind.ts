import { isMap } from 'yaml';
import { SwizzleError } from '../errors.ts';
import type { YamlText } from './yaml-error.ts';

export type FileKind = 'recipe' | 'sweep' | 'extraction';

/** How a kind of file is known, called, and run. */
const KINDS: Readonly<Record<FileKind, { readonly key: string; readonly name: string; readonly command: string }>> = {
  recipe: { key: 'merge_method', name: 'a recipe', command: 'merge' },
  sweep: { key: 'recipe', name: 'a sweep file', command: 'sweep' },
  extraction: { key: 'extract', name: 'a recipe of extract', command: 'extract' },
};

/**
 * Refuses a file of another kind than the one expected, by their keys.
 * @throws SwizzleError 'usage' that says which command takes the file
 */
export function refuseOtherKind({ file, document }: YamlText, expected: FileKind): void {
  if (!isMap(document.contents)) return;
  const found = (Object.keys(KINDS) as FileKind[]).filter((kind) => document.has(KINDS[kind].key));
  const [kind] = found;
  if (kind === undefined || found.length > 1 || kind === expected) return;
  const { name, command } = KINDS[kind];
  throw new SwizzleError(
    'usage',
    `${file}: is ${name}, expected ${KINDS[expected].name}; to run it: swizzle ${command} ${file} -o OUT`,
    { details: { file } },
  );
}
