import { applyEdits, modify, parse } from 'jsonc-parser';
import { DTYPES, type Dtype } from '../dtype.ts';

/** What a merge changes in the lead model's config.json; undefined leaves a field as it is. */
export interface ConfigChanges {
  /** dtype that most of the output's parameters have. */
  readonly dtype: Dtype;
  readonly layers: number | undefined;
  readonly tied: boolean | undefined;
}

const LAYER_KEYS = ['num_hidden_layers', 'n_layer', 'num_layers', 'n_layers'];

/**
 * The text of config.json with the changes made in place: everything else keeps its form, numbers too (JSON.parse would
 * turn `10000.0` into an integer, which transformers tells apart).
 */
export function editConfig(text: string, { dtype, layers, tied }: ConfigChanges): string {
  const config: unknown = parse(text);
  if (typeof config !== 'object' || config === null) return text;
  const named = ['dtype', 'torch_dtype'].filter((key) => key in config);
  const edits: [string, string | number | boolean][] = [];
  // every transformers reads torch_dtype; dtype is for 4.56 and newer
  for (const key of named.length > 0 ? named : ['torch_dtype']) edits.push([key, DTYPES[dtype].torch]);
  if (layers !== undefined) for (const key of LAYER_KEYS) if (key in config) edits.push([key, layers]);
  if (tied !== undefined) edits.push(['tie_word_embeddings', tied]);
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: '\n' };
  return edits.reduce(
    (edited, [key, value]) => applyEdits(edited, modify(edited, [key], value, { formattingOptions })),
    text,
  );
}
