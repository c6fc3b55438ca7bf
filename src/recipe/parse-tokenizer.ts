import type { RecipeText, TokenText } from './schema.ts';
import type { TokenizerRecipe, TokenSetting } from './tokenizer.ts';
import { errorAt, type YamlText } from './yaml-error.ts';

/** What `tokenizer` or `tokenizer_source` says; undefined where neither is there. @throws SwizzleError 'recipe' */
export function toTokenizer(
  yaml: YamlText,
  { tokenizer_source, tokenizer }: Pick<RecipeText, 'tokenizer_source' | 'tokenizer'>,
): TokenizerRecipe | undefined {
  if (!tokenizer_source && !tokenizer) return undefined;
  const source = tokenizer_source ?? tokenizer?.source ?? 'union';
  const tokens = Object.entries(tokenizer?.tokens ?? {}).map(([token, text]): [string, TokenSetting] => {
    return [token, toSetting(yaml, token, text)];
  });
  return {
    source: source === 'union' || source === 'base' ? source : { model: source.replace(/^model:/, '') },
    tokens: new Map(tokens),
    padToMultipleOf: tokenizer?.pad_to_multiple_of ?? undefined,
  };
}

function toSetting(yaml: YamlText, token: string, { source, force }: TokenText): TokenSetting {
  const path = ['tokenizer', 'tokens', token];
  if (!source) {
    if (force === true) throw errorAt(yaml, path, 'force needs a source: whose row is forced?');
    return { source: undefined, force: false };
  }
  if (typeof source === 'string') return { source: { kind: 'model', model: source }, force: force ?? false };
  if (source.kind === 'zero') return { source, force: force ?? false };
  const { kind, model, token: other, token_id: id } = source;
  if ((other ?? undefined) === undefined && (id ?? undefined) === undefined) {
    throw errorAt(yaml, [...path, 'source'], 'expected token or token_id: which row is taken?');
  }
  if (typeof other === 'string' && typeof id === 'number') {
    throw errorAt(yaml, [...path, 'source'], 'expected one of token and token_id, found both');
  }
  return { source: { kind, model, token: other ?? undefined, tokenId: id ?? undefined }, force: force ?? false };
}
