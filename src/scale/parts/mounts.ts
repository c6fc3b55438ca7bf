import { isAbsolute, join, relative, resolve } from 'node:path';
import { SwizzleError } from '../../errors.ts';

/** A folder of this machine, and where containers see it. */
export interface Mount {
  /** Absolute. */
  readonly local: string;
  /** Absolute, with `/`. */
  readonly container: string;
}

/** "local=/work". @throws SwizzleError 'usage' */
export function parseMount(text: string): Mount {
  const at = text.lastIndexOf('=');
  const [local, container] = [text.slice(0, at), text.slice(at + 1)];
  if (at > 0 && container.startsWith('/'))
    return { local: resolve(local), container: container.replace(/(?<=.)\/+$/, '') };
  throw new SwizzleError('usage', `--mount: expected LOCAL=/PATH/IN/CONTAINER, found ${JSON.stringify(text)}`);
}

/** A path as containers see it; undefined where it is outside the mount. */
export function mountedPath(path: string, { local, container }: Mount): string | undefined {
  const inside = relative(local, resolve(path));
  if (inside === '') return container;
  return inside.startsWith('..') || isAbsolute(inside) ? undefined : join(container, inside).replaceAll('\\', '/');
}

/** Words of a command with absolute paths as containers see them, also behind "=" as in --option=PATH and NAME=PATH. */
export function mountedWords(words: readonly string[], mount: Mount | undefined): string[] {
  if (mount === undefined) return [...words];
  return words.map((word) => {
    const at = word.lastIndexOf('=') + 1;
    const path = word.slice(at);
    const mounted = isAbsolute(path) ? mountedPath(path, mount) : undefined;
    return mounted === undefined ? word : word.slice(0, at) + mounted;
  });
}

/** What a user reads of paths that containers must see: one line each. */
export function pathRemarks(paths: readonly string[], mount: Mount | undefined): string[] {
  const unique = [...new Set(paths.map((path) => resolve(path)))];
  const seen = unique.map((path) => [path, mount && mountedPath(path, mount)] as const);
  const [inside, outside] = [
    seen.filter(([, there]) => there !== undefined),
    seen.filter(([, there]) => there === undefined),
  ];
  return [
    ...(inside.length === 0 ? [] : ['These paths must exist in the container:']),
    ...inside.map(([here, there]) => `  ${there} (here ${here})`),
    ...(outside.length === 0
      ? []
      : [
          mount === undefined
            ? 'These paths must exist in the container; --mount LOCAL=/work writes them as they are there:'
            : 'These paths are outside the mount and must exist in the container as they do here:',
        ]),
    ...outside.map(([here]) => `  ${here}`),
  ];
}
