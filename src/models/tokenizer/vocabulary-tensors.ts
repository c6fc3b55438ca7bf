import type { Checkpoint, CheckpointTensor } from '../checkpoint/checkpoint.ts';

/** Tensors with a row a token: input embeddings, output heads and their biases. */
const BY_TOKEN =
  /(^|\.)(embed_tokens|wte|embed_in|word_embeddings|tok_embeddings|shared|lm_head|embed_out|decoder)\.(weight|bias)$|^cls\.predictions\.bias$/;
const EMBEDDING = /(^|\.)(embed_tokens|wte|embed_in|word_embeddings|tok_embeddings|shared)\.weight$/;

/** Rows of the input embedding, which is what a token id counts; undefined for a model without one. */
export function embeddingRows({ tensors }: Checkpoint): number | undefined {
  for (const { name, shape } of tensors.values()) if (EMBEDDING.test(name) && shape.length === 2) return shape[0];
  return undefined;
}

/** The tensors of a model that have a row a token, in file order. */
export function vocabularyTensors(checkpoint: Checkpoint): CheckpointTensor[] {
  const rows = embeddingRows(checkpoint);
  return [...checkpoint.tensors.values()].filter(({ name, shape }) => {
    return BY_TOKEN.test(name) && shape.length <= 2 && shape[0] === rows;
  });
}
