import { applyEdits, modify, parse } from 'jsonc-parser';

const FORMAT = { formattingOptions: { insertSpaces: true, tabSize: 2, eol: '\n' } };

/** Keys of config.json and generation_config.json that hold token ids. */
const TOKEN_ID = /_token_ids?$/;

/** config.json with the number of rows of its embeddings, wherever it says it; everything else keeps its form. */
export function setVocabularySize(text: string, rows: number): string {
  const config: unknown = parse(text);
  const paths = [['vocab_size'], ['text_config', 'vocab_size']].filter((path) => valueAt(config, path) !== undefined);
  // a config without one, such as a test's, gets none
  return paths.reduce((edited, path) => applyEdits(edited, modify(edited, path, rows, FORMAT)), text);
}

/** config.json with the number of rows of tables that feed every layer. */
export function setPerLayerVocabulary(text: string, rows: number): string {
  const config: unknown = parse(text);
  const key = 'vocab_size_per_layer_input';
  const paths = [[key], ['text_config', key]].filter((path) => valueAt(config, path) !== undefined);
  return paths.reduce((edited, path) => applyEdits(edited, modify(edited, path, rows, FORMAT)), text);
}

/** A config of the lead model with the token ids of another model's, whose tokenizer the output has. */
export function takeTokenIds(text: string, other: string): string {
  const [config, from]: unknown[] = [parse(text), parse(other)];
  if (typeof from !== 'object' || from === null || typeof config !== 'object' || config === null) return text;
  let edited = text;
  for (const [key, value] of Object.entries(from)) {
    if (!TOKEN_ID.test(key) || JSON.stringify(valueAt(config, [key])) === JSON.stringify(value)) continue;
    edited = applyEdits(edited, modify(edited, [key], value, FORMAT));
  }
  return edited;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((inner: unknown, key) => {
    return typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined;
  }, value);
}
