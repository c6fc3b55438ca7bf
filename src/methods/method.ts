/** A parameter that a merge method takes. */
export interface ParameterSpec {
  readonly name: string;
  /** model: one value an input; recipe: one for all. Either may differ from tensor to tensor. */
  readonly scope: 'model' | 'recipe';
  readonly type: 'number' | 'boolean';
  /** Undefined: the recipe must say it. */
  readonly default: number | boolean | undefined;
}

/** One input of one tensor. */
export interface MethodInput {
  /** The `base_model`'s tensor, in methods that compute with it. It has no parameters. */
  readonly isBase: boolean;
  /** Values of the parameters of scope `model`. */
  readonly parameters: Readonly<Record<string, number>>;
}

/** What a method sees of one tensor. */
export interface MethodCase {
  readonly inputs: readonly MethodInput[];
  /** Values of the parameters of scope `recipe`; switches are 0 or 1. */
  readonly parameters: Readonly<Record<string, number>>;
}

/**
 * A merge method: its parameters, and the coefficients of the one weighted sum that it comes down to. It never sees
 * tensor data, so that it runs on every device.
 */
export interface MergeMethod {
  /** mergekit's name. */
  readonly name: string;
  readonly title: string;
  /** Paper or origin. */
  readonly source: string;
  readonly parameters: readonly ParameterSpec[];
  /** How many models it takes, the base model not counted. */
  readonly models: { readonly min: number; readonly max: number };
  /** computes: the base model's tensors are input 0; layout: it only lends its config, tokenizer and order. */
  readonly base: 'computes' | 'layout';
  /**
   * One coefficient an input, in order.
   * @throws Error that says why there are none ("the weights sum to 0"); the caller names the tensor
   */
  coefficients(tensor: MethodCase): number[];
}
