import { dirname } from 'node:path';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import { nearestPath } from '../../models/open/model-text.ts';
import { type MoeConfig, parseMoe } from '../../recipe/moe.ts';
import { MAX_RECIPE_BYTES, readText } from '../../regular-file.ts';

/**
 * Reads and checks a configuration in mergekit-moe's YAML.
 * @param allowSame whether all experts may be one model
 * @throws SwizzleError 'recipe'
 */
export async function loadMoe(path: string, allowSame: boolean): Promise<MoeConfig> {
  const text = await readText(path, MAX_RECIPE_BYTES).catch(async (cause: unknown) => {
    const what = systemCode(cause) === 'ENOENT' ? `no such file${await nearestPath(path)}` : messageOf(cause);
    throw new SwizzleError('recipe', `${path}: ${what}`, { cause, details: { path } });
  });
  return parseMoe(path, text, { directory: dirname(path), allowSame });
}
