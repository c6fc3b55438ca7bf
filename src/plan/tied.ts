import type { Checkpoint, CheckpointTensor } from '../checkpoint/checkpoint.ts';

const HEAD = /(^|\.)(lm_head|embed_out)\.weight$/;
const EMBEDDING = /(^|\.)(embed_tokens|wte|embed_in|word_embeddings|tok_embeddings)\.weight$/;

/** `tie_word_embeddings` of a config.json; undefined where it does not say. */
export function tiesEmbeddings(config: string | undefined): boolean | undefined {
  if (config === undefined) return undefined;
  try {
    const root: unknown = JSON.parse(config);
    const value =
      typeof root === 'object' && root !== null && 'tie_word_embeddings' in root ? root.tie_word_embeddings : undefined;
    return typeof value === 'boolean' ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isHead(tensor: string): boolean {
  return HEAD.test(tensor);
}

/**
 * The tensor of that name; for an output head that is absent because it is tied, the input embedding, which is the same
 * matrix. A config that says `tie_word_embeddings: false` means that the head is really missing.
 */
export function findTensor(checkpoint: Checkpoint, name: string): CheckpointTensor | undefined {
  const found = checkpoint.tensors.get(name);
  if (found !== undefined || !isHead(name) || tiesEmbeddings(checkpoint.config) === false) return found;
  const embeddings = [...checkpoint.tensors.values()].filter((tensor) => EMBEDDING.test(tensor.name));
  return embeddings.length === 1 ? embeddings[0] : undefined;
}
