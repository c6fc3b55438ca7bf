import type { Checkpoint, CheckpointTensor } from '../../models/checkpoint/checkpoint.ts';
import type { Models } from '../../models/models.ts';
import { findTensor } from '../layers/tied.ts';
import type { RowChoice } from './choose-rows.ts';
import { gatherRows } from './gather.ts';
import { vocabularyTensors } from '../../models/tokenizer/vocabulary-tensors.ts';

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

function resize(name: string, checkpoint: Checkpoint, choices: readonly RowChoice[], models: Models): Checkpoint {
  const tensors = new Map<string, CheckpointTensor>(checkpoint.tensors);
  let { shards } = checkpoint;
  for (const tensor of vocabularyTensors(checkpoint)) {
    if (tensor.shape[0] === choices.length && choices.every((choice, row) => isOwn(choice, name, row))) continue;
    const gathered = gatherRows({ checkpoint: { ...checkpoint, shards }, tensor }, choices, (model) => {
      const other = models.get(model);
      const same = other && findTensor(other, tensor.name);
      return other && same && { checkpoint: other, tensor: same };
    });
    shards = gathered.shards;
    tensors.set(tensor.name, gathered.tensor);
  }
  return { ...checkpoint, shards, tensors };
}

function isOwn(choice: RowChoice, model: string, row: number): boolean {
  const [only] = choice === 'pad' ? [] : choice;
  return choice.length === 1 && only?.model === model && only.row === row;
}
