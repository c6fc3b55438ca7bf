import { isMap, isNode, isScalar, parseDocument, visit } from 'yaml';
import { splitDocuments } from '../../recipe/documents.ts';
import type { StoredOptions } from '../../recipe/stored-options.ts';
import { modelReference } from '../../recipe/schema.ts';

const MODEL_KEYS = new Set(['model', 'base_model', 'tokenizer_source', 'source', 'source_model']);

/** What a recipe is changed to, so that it gives the same bytes again. */
export interface Pins {
  /** Name of a model as the recipe has it, to the name that stays what it is: org/name@commit, or a path. */
  readonly models: ReadonlyMap<string, string>;
  /** dtype that the command line asked for, as torch spells it. */
  readonly dtype: string | undefined;
  /** Seed that the random masks were made with; undefined where there are none. */
  readonly seed: number | undefined;
  /** The same for the documents before the last one; undefined: as they say themselves. */
  readonly earlierSeed?: number | undefined;
  /** Options that the merge ran with, to be kept; undefined: as the text has them. */
  readonly options?: StoredOptions | undefined;
}

/** The recipe's text with its models pinned; comments and everything else stay as they are. */
export function pinRecipe(text: string, { models, dtype, seed, earlierSeed, options }: Pins): string {
  const documents = splitDocuments(text);
  if (documents.length < 2) return pinDocument(text, { models, dtype, seed, options });
  const last = documents.length - 1;
  const pinned = documents.map((document, index) => {
    const own = index === last ? { models, dtype, seed, options } : { models, dtype: undefined, seed: earlierSeed };
    return pinDocument(document.text.replace(/^\n+/, ''), own);
  });
  return pinned.join('---\n');
}

/** The same for the configuration of a mixture of experts. */
export function pinMoe(text: string, pins: Pins): string {
  return pinDocument(text, pins, 'dtype');
}

function pinDocument(text: string, { models, dtype, seed, options }: Pins, dtypeKey = 'out_dtype'): string {
  const document = parseDocument(text);
  visit(document, {
    Pair(_, pair) {
      const { key, value } = pair;
      if (!isScalar(key) || typeof key.value !== 'string' || !MODEL_KEYS.has(key.value) || !isNode(value)) return;
      const named = modelReference.safeParse(value.toJS(document));
      const pinned = named.success ? models.get(named.data) : undefined;
      if (pinned === undefined) return;
      // an alias is written out: what it stands for need not be a model everywhere
      if (isScalar(value)) value.value = pinned;
      else pair.value = document.createNode(pinned);
    },
  });
  if (dtype !== undefined && isMap(document.contents)) document.set(dtypeKey, dtype);
  if (seed !== undefined && isMap(document.contents)) document.set('random_seed', seed);
  if (options !== undefined && isMap(document.contents)) {
    document.delete('swizzle');
    if (Object.keys(options).length > 0) document.set('swizzle', document.createNode(options));
  }
  return document.toString({ lineWidth: 0 });
}
