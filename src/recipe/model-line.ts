import { isScalar, visit } from 'yaml';
import type { Recipe } from './recipe.ts';
import { parseYaml, placeOf } from './yaml-error.ts';

/** "recipe.yml:4: ", before a message: file and line where a recipe first names a model; nothing where there is no file. */
export function lineOfModel(recipe: Recipe, model: string): string {
  const yaml = parseYaml(recipe.file, recipe.text);
  let line: number | undefined;
  visit(yaml.document, {
    Scalar(key, node) {
      if (key !== 'value' || !isScalar(node) || node.value !== model || !node.range) return undefined;
      line = yaml.lines.linePos(node.range[0]).line;
      return visit.BREAK;
    },
  });
  return placeOf(recipe.file, line);
}
