import { applyEdits, modify, parse } from 'jsonc-parser';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { AdapterConfig } from '../checkpoint/adapter/adapter-config.ts';
import { applyAdapter } from '../checkpoint/adapter/apply-adapter.ts';
import { isRecord } from '../checkpoint/header/repeated-key.ts';
import { highestId } from '../tokenizer/highest-id.ts';
import { setVocabularySize } from '../tokenizer/config-vocabulary.ts';
import { embeddingRows } from '../tokenizer/vocabulary-tensors.ts';
import { modelText } from './model-text.ts';
import { specialTokenIds } from './special-token-ids.ts';

/**
 * A base model with an adapter over it, and files that describe the result: the number of rows of an embedding that the adapter has grown,
 * whether embedding and head are still one matrix, and the adapter's own tokenizer if it has more tokens than the base's.
 * @throws SwizzleError 'mismatch' for an adapter of another model
 */
export async function adaptedModel(base: Checkpoint, adapter: Checkpoint, config: AdapterConfig): Promise<Checkpoint> {
  const { checkpoint, untied, notes } = applyAdapter(base, adapter, config);
  const [before, rows] = [embeddingRows(base), embeddingRows(checkpoint)];
  let text = checkpoint.config;
  if (text !== undefined && untied) text = untie(text);
  const grown = rows !== undefined && rows !== before;
  if (text !== undefined && grown) text = setVocabularySize(text, rows);
  const size = grown ? [`${checkpoint.label}: the adapter's embeddings have ${rows} rows, the base's ${before}`] : [];
  const tokenizer = await ownTokenizer(base, adapter, grown);
  const ids = tokenizer === undefined ? undefined : await specialTokenIds(base, adapter);
  if (text !== undefined && ids !== undefined) text = ids(text);
  const generation = ids && (await modelText(base, GENERATION));
  return {
    ...checkpoint,
    config: text,
    notes: [...notes, ...size, ...(tokenizer === undefined ? [] : [tokenizer])],
    ...(tokenizer !== undefined && { tokenizerFolder: adapter.folder }),
    ...(generation !== undefined && ids && { texts: [{ name: GENERATION, text: ids(generation) }] }),
  };
}

const GENERATION = 'generation_config.json';

/** A line for the user if the adapter's tokenizer is the output's: it has tokens that the base's lacks. */
async function ownTokenizer(base: Checkpoint, adapter: Checkpoint, grown: boolean): Promise<string | undefined> {
  const own = await modelText(adapter, 'tokenizer.json');
  const [tokens, others] = [own, await modelText(base, 'tokenizer.json')].map((text) =>
    text === undefined ? undefined : highestId(text),
  );
  if (tokens === undefined || !(grown || (others !== undefined && tokens > others))) return undefined;
  return `${adapter.label}: its tokenizer has token ids up to ${tokens}, the base's up to ${others ?? 'none'}: the adapter's is used`;
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
