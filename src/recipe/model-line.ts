import { isScalar, visit } from 'yaml';
import type { Recipe } from './recipe.ts';
import { parseYaml } from './yaml-error.ts';

/** "recipe.yml:4": file and line where a recipe first names a model; the file alone where it was not written so. */
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
  return line === undefined ? recipe.file : `${recipe.file}:${line}`;
}
