import type { Checkpoint, CheckpointTensor } from '../../models/checkpoint/checkpoint.ts';
import type { Models } from '../../models/models.ts';
import { findTensor } from '../layers/text-config.ts';
import type { ModelRow, RowChoice } from './choose-rows.ts';
import { gatherRows } from './gather.ts';
import { embeddingRows, perLayerTables, vocabularyTensors } from '../../models/tokenizer/vocabulary-tensors.ts';

/**
 * The models with the rows of their embeddings and heads as chosen; tensors whose rows stay are left alone.
 * @param choices by model; a model without any keeps its rows
 */
export function resizeModels(models: Models, choices: ReadonlyMap<string, readonly RowChoice[]>): Models {
  const resized = new Map<string, Checkpoint>();
  for (const [name, checkpoint] of models) {
    const own = choices.get(name);
    resized.set(name, own === undefined ? checkpoint : resize(name, checkpoint, own, models));
  }
  return resized;
}

function resize(
  name: string,
  checkpoint: Checkpoint,
  choices: readonly RowChoice[],
  models: Models,
  own: readonly CheckpointTensor[] = vocabularyTensors(checkpoint),
): Checkpoint {
  const tensors = new Map<string, CheckpointTensor>(checkpoint.tensors);
  let { shards } = checkpoint;
  for (const stored of own) {
    // one row with a column per token is gathered like a column
    const isRow = stored.shape.length === 2 && stored.shape[0] === 1 && stored.shape[1] !== 1;
    const tensor = isRow ? { ...stored, shape: stored.shape.slice(1) } : stored;
    if (tensor.shape[0] === choices.length && choices.every((choice, row) => isOwn(choice, name, row))) continue;
    const gathered = gatherRows({ checkpoint: { ...checkpoint, shards }, tensor }, choices, (model) => {
      const other = models.get(model);
      const same = other && findTensor(other, tensor.name);
      return other && same && { checkpoint: other, tensor: same };
    });
    shards = gathered.shards;
    tensors.set(tensor.name, isRow ? { ...gathered.tensor, shape: [1, choices.length] } : gathered.tensor);
  }
  return { ...checkpoint, shards, tensors };
}

/**
 * The models with the rows of their per-layer tables as chosen for their embeddings, where any of these changes. Such a table may
 * be shorter than the embedding: programs look up row 0 for tokens beyond its end, and so do rows made here.
 * @returns the models, and the rows of the tables; undefined where they stay as they are
 */
export function resizeTables(
  models: Models,
  choices: ReadonlyMap<string, readonly RowChoice[]>,
): { readonly models: Models; readonly rows: number | undefined } {
  const rowsOf = new Map(
    [...models].flatMap(([name, model]) => perLayerTables(model).map(({ shape }) => [name, shape[0] ?? 0] as const)),
  );
  const lengths = new Set(rowsOf.values());
  const stay =
    lengths.size < 2 &&
    [...choices].every(([name, own]) => {
      const rows = rowsOf.get(name);
      if (rows === undefined) return true;
      const before = models.get(name);
      if (own.length > ((before && embeddingRows(before)) ?? 0)) return false;
      return own.every((choice, row) => row >= rows || isOwn(choice, name, row));
    });
  const count = [...choices.values()][0]?.length;
  if (lengths.size === 0) return { models, rows: undefined };
  if (stay || count === undefined) return { models, rows: undefined };
  const inside = ({ model, row }: ModelRow): ModelRow => ({ model, row: row < (rowsOf.get(model) ?? 0) ? row : 0 });
  const resized = new Map<string, Checkpoint>();
  for (const [name, checkpoint] of models) {
    const own = choices.get(name)?.map((choice) => (choice === 'pad' ? choice : choice.map(inside)));
    resized.set(
      name,
      own === undefined ? checkpoint : resize(name, checkpoint, own, models, perLayerTables(checkpoint)),
    );
  }
  return { models: resized, rows: count };
}

function isOwn(choice: RowChoice, model: string, row: number): boolean {
  const [only] = choice === 'pad' ? [] : choice;
  return choice.length === 1 && only?.model === model && only.row === row;
}
