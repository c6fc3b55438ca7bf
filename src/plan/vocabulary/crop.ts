import type { Models } from '../../models/models.ts';
import type { RowChoice } from './choose-rows.ts';
import { resizeModels } from './resize.ts';
import { embeddingRows } from '../../models/tokenizer/vocabulary-tensors.ts';

/** Models whose embeddings have the same number of rows. */
export interface Cropped {
  readonly models: Models;
  /** Rows of the output; undefined where nothing had to change. */
  readonly rows: number | undefined;
  readonly warnings: readonly string[];
}

/**
 * Embeddings of different row counts, where the recipe says nothing of tokenizers: rows are cropped to the smallest model's;
 * with a base that is computed with, to the base's, and rows that a model lacks stay the base's.
 * @param names models that tensors are taken from
 * @param base the base model, where the method computes with it
 */
export function cropRows(models: Models, names: readonly string[], base: string | undefined): Cropped {
  const counts = new Map<string, number>();
  for (const name of names) {
    const checkpoint = models.get(name);
    const count = checkpoint && embeddingRows(checkpoint);
    if (count !== undefined) counts.set(name, count);
  }
  const rows = (base === undefined ? undefined : counts.get(base)) ?? Math.min(...counts.values());
  const others = [...counts].filter(([, count]) => count !== rows);
  if (others.length === 0) return { models, rows: undefined, warnings: [] };
  const warnings = others.map(([name, count]) => {
    const fewer = `the missing ones stay as in ${base}`;
    return `${name}: its embeddings have ${count} rows, the output ${rows}: ${count > rows ? 'cropped' : fewer}`;
  });
  const choices = others.map(([name, count]): [string, RowChoice[]] => {
    const row = (index: number): RowChoice => [{ model: index < count ? name : (base ?? name), row: index }];
    return [name, Array.from({ length: rows }, (_, index) => row(index))];
  });
  return { models: resizeModels(models, new Map(choices)), rows, warnings };
}
