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

/** Whether a tensor is an input embedding. */
export function isEmbedding(tensor: string): boolean {
  return EMBEDDING.test(tensor);
}

/** Whether a tensor is the embedding that both halves of an encoder-decoder share, under one of its names. */
export function isShared(tensor: string): boolean {
  return SHARED.test(tensor);
}

/** Whether a name may stand for a matrix that a file holds under another name: a tied head, or a shared embedding. */
export function mayBeTied(tensor: string): boolean {
  return isHead(tensor) || isShared(tensor);
}
