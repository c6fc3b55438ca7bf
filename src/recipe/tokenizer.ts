/** Which row of which model a token gets where its own is missing, or `force` is set. */
export interface TokenSetting {
  readonly source:
    | { readonly kind: 'zero' }
    /** The same token's row. */
    | { readonly kind: 'model'; readonly model: string }
    /** Another token's row; either `token` or `tokenId` is set. */
    | {
        readonly kind: 'model_token';
        readonly model: string;
        readonly token: string | undefined;
        readonly tokenId: number | undefined;
      }
    | undefined;
  /** Whether models that have the token get that row too. */
  readonly force: boolean;
}

/** A recipe's `tokenizer`, or what `tokenizer_source` stands for. */
export interface TokenizerRecipe {
  /** union: the base's tokens and those of all other models; base: the base model's, or the first's; else a model's. */
  readonly source: 'union' | 'base' | { readonly model: string };
  readonly tokens: ReadonlyMap<string, TokenSetting>;
  readonly padToMultipleOf: number | undefined;
}
