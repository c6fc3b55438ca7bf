import { existsSync, readFileSync } from 'node:fs';

/**
 * The URL of a resource of this package, such as `shaders/x.wgsl` or `dist/devices/cpu/kernels.wasm`.
 * `path` is relative to the directory that holds package.json: this code runs from dist/ and, in tests, from build/src/.
 * Whether the resource is there is not checked.
 */
export function packageFile(path: string): URL {
  let directory = new URL('.', import.meta.url);
  while (!existsSync(new URL('package.json', directory))) {
    const parent = new URL('..', directory);
    if (parent.href === directory.href) throw new Error(`no package.json above ${import.meta.url}`);
    directory = parent;
  }
  return new URL(path, directory);
}

/** The version in package.json. */
export function packageVersion(): string {
  const root: unknown = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'));
  return typeof root === 'object' && root !== null && 'version' in root ? String(root.version) : '0';
}
