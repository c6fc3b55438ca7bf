import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { SwizzleError } from '../../errors.ts';
import { embeddingRows } from '../tokenizer/vocabulary-tensors.ts';
import type { Vocabulary } from '../tokenizer/vocabulary.ts';
import { chatTemplateIn, readTokenizer } from './model-text.ts';

/** What a model's tokenizer and embeddings say of its vocabulary. */
export interface VocabularyFacts {
  /** Rows of the input embedding; undefined without one. */
  readonly rows: number | undefined;
  readonly tokens: number;
  /** Of these, those that the tokenizer looks for before it splits a text. */
  readonly added: number;
  readonly chatTemplate: string | undefined;
}

/** How two vocabularies differ; counts of tokens. */
export interface VocabularyDifference {
  readonly common: number;
  readonly onlyA: number;
  readonly onlyB: number;
  /** In both, with different ids: their rows must not be merged by number. */
  readonly moved: number;
  readonly sameTemplate: boolean;
}

/** Undefined for a model without a tokenizer.json that can be read. */
export async function vocabularyFacts(model: Checkpoint): Promise<VocabularyFacts | undefined> {
  const vocabulary = await vocabularyOf(model);
  if (vocabulary === undefined) return undefined;
  const { ids, added } = vocabulary;
  const chatTemplate = await chatTemplateIn(model);
  return { rows: embeddingRows(model), tokens: ids.size, added: added.size, chatTemplate };
}

/** Undefined unless both models have a tokenizer.json. */
export async function vocabularyDifference(a: Checkpoint, b: Checkpoint): Promise<VocabularyDifference | undefined> {
  const [one, other] = [await vocabularyOf(a), await vocabularyOf(b)];
  if (one === undefined || other === undefined) return undefined;
  const common = [...one.ids.keys()].filter((token) => other.ids.has(token));
  return {
    common: common.length,
    onlyA: one.ids.size - common.length,
    onlyB: other.ids.size - common.length,
    moved: common.filter((token) => one.ids.get(token) !== other.ids.get(token)).length,
    sameTemplate: (await chatTemplateIn(a))?.trim() === (await chatTemplateIn(b))?.trim(),
  };
}

/** A model's vocabulary; undefined without a tokenizer.json that can be read. */
export async function vocabularyOf(model: Checkpoint): Promise<Vocabulary | undefined> {
  return readTokenizer(model).then(
    ({ vocabulary }) => vocabulary,
    (error: unknown) => {
      // a file that is there and cannot be read has its path in the details
      const isUnread = error instanceof SwizzleError && error.details['path'] !== undefined;
      if (!isUnread && error instanceof SwizzleError && error.code === 'checkpoint') return undefined;
      throw error;
    },
  );
}
