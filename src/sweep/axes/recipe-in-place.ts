import { isNode, isScalar, parseDocument, visit } from 'yaml';
import type { Assignment } from '../file/spec.ts';
import { fillIn } from './template.ts';

/**
 * The recipe of a variant on the same lines as in sweep.yml, so that findings about it name lines of that file.
 * @param text sweep.yml, a map with `recipe`
 */
export function recipeInPlace(text: string, values: Assignment): string {
  const recipe = parseDocument(text).get('recipe', true);
  if (!isNode(recipe) || !recipe.range) return '';
  const [begin, end] = recipe.range;
  const edits: { from: number; to: number; value: string }[] = [];
  visit(recipe, {
    Scalar(key, node) {
      if (key === 'key' || !isScalar(node) || !node.range) return;
      const value = fillIn(node.value, values);
      if (value !== node.value) edits.push({ from: node.range[0], to: node.range[1], value: JSON.stringify(value) });
    },
  });
  let filled = text.slice(0, end);
  for (const { from, to, value } of edits.toReversed()) filled = filled.slice(0, from) + value + filled.slice(to);
  const line = text.lastIndexOf('\n', begin - 1) + 1;
  const above = '\n'.repeat(text.slice(0, line).split('\n').length - 1);
  return `${above}${' '.repeat(begin - line)}${filled.slice(begin)}`;
}
