import type { Checkpoint, CheckpointTensor } from '../../models/checkpoint/checkpoint.ts';
import { isEmbedding, isHead, isShared, mayBeTied } from '../../models/checkpoint/tied-names.ts';
import { isTower } from './stacks.ts';
import { readTextConfig } from './text-config.ts';

/** The input embedding, where there is one matrix that can be it. */
function embeddingOf(tensors: Checkpoint['tensors']): CheckpointTensor | undefined {
  const found = [...tensors.values()].filter(({ name }) => isEmbedding(name) && !isTower(name));
  const [first] = found;
  return found.length === 1 || found.every(({ name }) => isShared(name)) ? first : undefined;
}

/**
 * Finds tensors of a checkpoint by name; for an output head that is absent because it is tied, the input embedding, which
 * is the same matrix, and for an encoder-decoder's embedding the name that the file has it under. A config that says
 * `tie_word_embeddings: false` means that a head is really missing.
 */
export function tensorFinder({ tensors, config }: Checkpoint): (name: string) => CheckpointTensor | undefined {
  let tied: { readonly head: CheckpointTensor | undefined; readonly shared: CheckpointTensor | undefined } | undefined;
  return (name) => {
    const found = tensors.get(name);
    if (found !== undefined || !mayBeTied(name)) return found;
    if (tied === undefined) {
      const embedding = embeddingOf(tensors);
      const shared = embedding !== undefined && isShared(embedding.name) ? embedding : undefined;
      tied = { head: readTextConfig(config).tied === false ? undefined : embedding, shared };
    }
    return isHead(name) ? tied.head : tied.shared;
  };
}

/** The same for one tensor. */
export function findTensor(checkpoint: Checkpoint, name: string): CheckpointTensor | undefined {
  return tensorFinder(checkpoint)(name);
}
