import { readFileSync } from 'node:fs';
import { packageFile } from './package.ts';

/** The version in package.json. */
export function packageVersion(): string {
  const root: unknown = JSON.parse(readFileSync(packageFile('package.json'), 'utf8'));
  return typeof root === 'object' && root !== null && 'version' in root ? String(root.version) : '0';
}
