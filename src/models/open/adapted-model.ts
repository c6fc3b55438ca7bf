import { applyEdits, modify, parse } from 'jsonc-parser';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { AdapterConfig } from '../checkpoint/adapter/adapter-config.ts';
import { applyAdapter } from '../checkpoint/adapter/apply-adapter.ts';
import { isRecord } from '../checkpoint/header/repeated-key.ts';
import { setVocabularySize } from '../tokenizer/config-vocabulary.ts';
import { embeddingRows } from '../tokenizer/vocabulary-tensors.ts';

/**
 * A base model with an adapter over it, and a config.json that describes the result: the number of rows of an embedding that the adapter
 * has grown, and whether embedding and head are still one matrix.
 * @throws SwizzleError 'mismatch' for an adapter of another model
 */
export function adaptedModel(base: Checkpoint, adapter: Checkpoint, config: AdapterConfig): Checkpoint {
  const { checkpoint, untied, notes } = applyAdapter(base, adapter, config);
  const [before, rows] = [embeddingRows(base), embeddingRows(checkpoint)];
  let text = checkpoint.config;
  if (text !== undefined && untied) text = untie(text);
  const grown = rows !== undefined && rows !== before;
  if (text !== undefined && grown) text = setVocabularySize(text, rows);
  const size = grown ? [`${checkpoint.label}: the adapter's embeddings have ${rows} rows, the base's ${before}`] : [];
  return { ...checkpoint, config: text, notes: [...notes, ...size] };
}

const KEY = 'tie_word_embeddings';

/** config.json with embedding and head as two matrices, at the top and wherever a part repeats it. */
function untie(text: string): string {
  const config: unknown = parse(text);
  if (!isRecord(config)) return text;
  const parts = ['text_config', 'llm_config', 'language_config'].filter((part) => {
    const inner = config[part];
    return isRecord(inner) && KEY in inner;
  });
  const formattingOptions = { insertSpaces: true, tabSize: 2, eol: '\n' };
  return [[KEY], ...parts.map((part) => [part, KEY])].reduce(
    (edited, path) => applyEdits(edited, modify(edited, path, false, { formattingOptions })),
    text,
  );
}
