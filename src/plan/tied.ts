import type { Checkpoint, CheckpointTensor } from '../checkpoint/checkpoint.ts';
import { isTower } from './stacks.ts';
import { readTextConfig } from './text-config.ts';

const HEAD =
  /(^|\.)(lm_head|embed_out|output_layer|lm_head\.decoder|cls\.predictions\.decoder|vocab_projector)\.weight$|^output\.weight$/;
const EMBEDDING =
  /(^|\.)(embed_tokens|wte|embed_in|word_embeddings|tok_embeddings|shared)\.weight$|^backbone\.embeddings\.weight$/;
/** An encoder-decoder's one embedding goes by three names; files hold one of them. */
const SHARED = /(^|\.)(shared|(encoder|decoder)\.embed_tokens)\.weight$/;

/** Whether a tensor is an output head, which may be tied to the input embedding. */
export function isHead(tensor: string): boolean {
  return HEAD.test(tensor);
}

/** Whether a name may stand for a matrix that a file holds under another name: a tied head, or a shared embedding. */
export function mayBeTied(tensor: string): boolean {
  return isHead(tensor) || SHARED.test(tensor);
}

/** The input embedding, where there is one matrix that can be it. */
function embeddingOf(tensors: Checkpoint['tensors']): CheckpointTensor | undefined {
  const found = [...tensors.values()].filter(({ name }) => EMBEDDING.test(name) && !isTower(name));
  const [first] = found;
  return found.length === 1 || found.every(({ name }) => SHARED.test(name)) ? first : undefined;
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
      const shared = embedding !== undefined && SHARED.test(embedding.name) ? embedding : undefined;
      tied = { head: readTextConfig(config).tied === false ? undefined : embedding, shared };
    }
    return isHead(name) ? tied.head : tied.shared;
  };
}

/** The same for one tensor. */
export function findTensor(checkpoint: Checkpoint, name: string): CheckpointTensor | undefined {
  return tensorFinder(checkpoint)(name);
}
