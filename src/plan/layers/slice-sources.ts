import { SwizzleError } from '../../errors.ts';
import type { CheckedRecipe } from '../methods/check.ts';
import type { Source } from '../../recipe/recipe.ts';
import { errorAt, parseYaml } from '../../recipe/yaml-error.ts';
import { baseInput } from '../methods/base-input.ts';
import type { ModelView } from '../match/match-models.ts';

/** A source of a slice: its model, and which of its layers. */
export interface SliceSource extends Source {
  readonly view: ModelView;
  readonly isBase: boolean;
  readonly layers: readonly [begin: number, end: number];
}

/**
 * The sources of every slice, layer ranges filled in, and checked against the models. A base model that the method computes
 * with and that a slice does not name is added: the same layers of it as of the others.
 * @throws SwizzleError 'recipe' with a line for every range that goes beyond its model, or that does not fit the others
 */
export function sliceSources(checked: CheckedRecipe, viewOf: (model: string) => ModelView): SliceSource[][] {
  const { recipe } = checked;
  const yaml = parseYaml(recipe.file, recipe.text);
  const wrong: string[] = [];
  const report = (path: readonly PropertyKey[], what: string): void => {
    wrong.push(errorAt(yaml, path, what).message);
  };
  const slices = recipe.slices.map((slice, at): SliceSource[] => {
    const base = baseInput(checked.recipe, slice, checked.method);
    const sources = slice.sources.map((source, index): SliceSource => {
      const view = viewOf(source.model);
      const count = view.stacks.layers;
      const layers = source.layers ?? [0, count];
      const path = ['slices', at, 'sources', index, 'layer_range'];
      const [encoder, decoder] = view.stacks.depths;
      if (encoder !== undefined && decoder !== undefined && encoder !== decoder) {
        const found = `the encoder of ${source.model} has ${encoder} layers and its decoder ${decoder}`;
        report(['slices', at, 'sources', index], `${found}: slices require stacks of the same depth`);
      } else if (layers[1] > count) report(path, `${source.model} has ${count} layers, found [${layers.join(', ')}]`);
      return { ...source, view, layers, isBase: source.model === base };
    });
    const [first] = sources;
    if (first === undefined) return sources;
    for (const [index, { layers, model }] of sources.entries()) {
      if (length(layers) === length(first.layers)) continue;
      const found = `found ${length(layers)} of ${model}`;
      report(
        ['slices', at, 'sources', index],
        `expected ${length(first.layers)} layers as in the first source, ${found}`,
      );
    }
    if (base === undefined || sources.some(({ isBase }) => isBase)) return sources;
    const same = sources.every(({ layers }) => layers[0] === first.layers[0]);
    const view = viewOf(base);
    if (!same || first.layers[1] > view.stacks.layers) {
      const which = same ? `it has ${view.stacks.layers} layers` : 'the sources take different layers';
      report(
        ['slices', at, 'sources'],
        `the base model ${base} is not among them, and ${which}: name it with its layer_range`,
      );
      return sources;
    }
    return [...sources, { model: base, parameters: new Map(), view, layers: first.layers, isBase: true }];
  });
  if (wrong.length > 0) throw new SwizzleError('recipe', wrong, { details: { file: recipe.file } });
  return slices;
}

function length([begin, end]: readonly [number, number]): number {
  return end - begin;
}
