import type { Checkpoint, CheckpointTensor } from '../checkpoint/checkpoint.ts';

/** Tensors with a row a token: input embeddings, output heads and their biases. */
const BY_TOKEN =
  /(^|\.)(embed_tokens|wte|embed_in|word_embeddings?|tok_embeddings|shared|lm_head|embed_out|decoder|output_layer|vocab_projector|generator_lm_head|lm_loss|pred_layer\.proj|shared_head\.head)\.(weight|bias)$|^cls\.predictions\.bias$|^output\.weight$|^backbone\.embeddings\.weight$/;
/** A bias of one row, with a column per token (BART, Marian). */
const COLUMNS = /(^|\.)final_logits_bias$/;
const PER_LAYER = /(^|\.)embed_tokens_per_layer\.weight$/;
const EMBEDDING =
  /(^|\.)(embed_tokens|wte|embed_in|word_embeddings?|tok_embeddings|shared)\.weight$|^backbone\.embeddings\.weight$/;

/** Rows of the input embedding, which is what a token id counts; undefined for a model without one. */
export function embeddingRows({ tensors }: Checkpoint): number | undefined {
  for (const { name, shape } of tensors.values()) if (EMBEDDING.test(name) && shape.length === 2) return shape[0];
  return undefined;
}

/** The tensors of a model that have a row a token, in file order. */
export function vocabularyTensors(checkpoint: Checkpoint): CheckpointTensor[] {
  const rows = embeddingRows(checkpoint);
  return [...checkpoint.tensors.values()].filter(({ name, shape }) => {
    if (COLUMNS.test(name)) return shape.length === 2 && shape[0] === 1 && shape[1] === rows;
    return BY_TOKEN.test(name) && shape.length <= 2 && shape[0] === rows;
  });
}

/** Tables with a row per token that feed every layer (Gemma 3n, Gemma 4). They may have fewer rows than the embedding. */
export function perLayerTables({ tensors }: Checkpoint): CheckpointTensor[] {
  return [...tensors.values()].filter(({ name, shape }) => PER_LAYER.test(name) && shape.length === 2);
}
