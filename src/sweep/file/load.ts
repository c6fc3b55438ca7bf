import { MAX_RECIPE_BYTES, readText } from '../../regular-file.ts';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import { nearestPath } from '../../models/open/model-text.ts';
import { parseSweep } from './parse.ts';
import type { SweepSpec } from './spec.ts';

/** Reads and checks a sweep file. @throws SwizzleError 'recipe' */
export async function loadSweep(path: string): Promise<SweepSpec> {
  const text = await readText(path, MAX_RECIPE_BYTES).catch(async (cause: unknown) => {
    const what = systemCode(cause) === 'ENOENT' ? `no such file${await nearestPath(path)}` : messageOf(cause);
    throw new SwizzleError('recipe', `${path}: ${what}`, { cause, details: { path } });
  });
  return parseSweep(path, text);
}
