import { isMap } from 'yaml';
import { SwizzleError } from '../errors.ts';
import type { YamlText } from './yaml-error.ts';

/**
 * Refuses a sweep file where a recipe is expected, and the reverse, by their keys.
 * @throws SwizzleError 'usage' that says which command takes the file
 */
export function refuseOtherKind({ file, document }: YamlText, expected: 'recipe' | 'sweep'): void {
  if (!isMap(document.contents)) return;
  const [isRecipe, isSweep] = [document.has('merge_method'), document.has('recipe')];
  if (isRecipe === isSweep) return;
  if (expected === 'recipe' && isSweep) {
    throw new SwizzleError(
      'usage',
      `${file}: is a sweep file, expected a recipe; to run it: swizzle sweep ${file} -o OUT`,
    );
  }
  if (expected === 'sweep' && isRecipe) {
    throw new SwizzleError(
      'usage',
      `${file}: is a recipe, expected a sweep file; to run it: swizzle merge ${file} -o OUT`,
    );
  }
}
