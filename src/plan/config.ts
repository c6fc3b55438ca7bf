import { applyEdits, modify, parse } from 'jsonc-parser';
import { isRecord } from '../models/checkpoint/header/repeated-key.ts';
import { DTYPES, type Dtype } from '../dtype.ts';
import { layerCounts } from './layers/config-counts.ts';
import { layerListEdits } from './layers/config-layers.ts';
import type { LayerOrigin } from './match/match.ts';
import { LAYER_KEYS, readTextConfig } from './layers/text-config.ts';

/** What a merge changes in the lead model's config.json; undefined leaves a field as it is. */
export interface ConfigChanges {
  /** dtype that most of the output's parameters have. */
  readonly dtype: Dtype;
  /** The output's layers, where slices number them anew. */
  readonly layers: readonly LayerOrigin[] | undefined;
  readonly tied: boolean | undefined;
}

/** A config.json, and what the user should know of it. */
export interface EditedConfig {
  readonly text: string;
  readonly warnings: readonly string[];
}

/**
 * The text of config.json with the changes made in place: everything else keeps its form, numbers too (JSON.parse would
 * turn `10000.0` into an integer, which transformers tells apart).
 */
export function editConfig(text: string, { dtype, layers, tied }: ConfigChanges): EditedConfig {
  const config: unknown = parse(text);
  if (!isRecord(config)) return { text, warnings: [] };
  const { edits: lists, problems } = layers === undefined ? { edits: [], problems: [] } : layerListEdits(text, layers);
  const counted = layers === undefined ? { counts: [], problems: [] } : layerCounts(text, layers);
  const named = ['dtype', 'torch_dtype'].filter((key) => key in config);
  // every transformers reads torch_dtype; dtype is for 4.56 and newer
  const edits: [readonly string[], string | number | boolean][] = (named.length > 0 ? named : ['torch_dtype']).map(
    (key) => [[key], DTYPES[dtype].torch],
  );
  for (const { path: at, value } of counted.counts) edits.push([at, value]);
  const { path } = readTextConfig(text);
  // a model of several parts may say it at the top, of its text model, or both
  const places = path.length > 0 ? [[], path] : [[]];
  for (const place of places) {
    const settings = place.reduce((at: unknown, key) => (isRecord(at) ? at[key] : undefined), config);
    if (!isRecord(settings)) continue;
    for (const key of LAYER_KEYS) {
      if (layers !== undefined && key in settings) edits.push([[...place, key], layers.length]);
    }
    if (tied !== undefined && (place.length === 0 || 'tie_word_embeddings' in settings)) {
      edits.push([[...place, 'tie_word_embeddings'], tied]);
    }
  }
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: '\n' };
  const edited = edits.reduce(
    (before, [at, value]) => applyEdits(before, modify(before, [...at], value, { formattingOptions })),
    applyEdits(text, lists),
  );
  return { text: edited, warnings: [...problems, ...counted.problems] };
}
