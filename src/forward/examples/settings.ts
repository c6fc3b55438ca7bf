/** How examples become losses; LM_Cocktail's names and defaults. */
export interface ExampleSettings {
  /** Examples whose loss is averaged first; among encoders, those whose passages are told apart. */
  readonly batchSize: number;
  /** Tokens that are kept of an example; undefined: 2,048 of a decoder's, 512 of an encoder's. */
  readonly maxInputLength: number | undefined;
  /** Negatives of each query. */
  readonly negatives: number;
  /** Random seed for choosing negatives where there are more; the merge's masks have their own. */
  readonly negativesSeed: number;
}

export const DEFAULT_SETTINGS: ExampleSettings = {
  batchSize: 2,
  maxInputLength: undefined,
  negatives: 7,
  negativesSeed: 0,
};
