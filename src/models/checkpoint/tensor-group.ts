/** Part of a language model that a tensor belongs to, by its name; first match wins. */
const GROUPS: readonly (readonly [group: string, name: RegExp])[] = [
  ['head', /(^|\.)(lm_head|embed_out|output)\./],
  ['embeddings', /(embed|wte|wpe)/],
  ['norms', /(norm|(^|\.)ln_)/],
  ['attention', /(attn|attention)/],
  ['mlp', /(mlp|feed_forward|experts|ffn)/],
];

/** "embeddings", "attention", "mlp", "norms", "head" or "other". */
export function tensorGroup(name: string): string {
  return GROUPS.find(([, pattern]) => pattern.test(name))?.[0] ?? 'other';
}
