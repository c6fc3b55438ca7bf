import type { RandomKey } from '../kernel/statistics.ts';
import type { Work } from './work.ts';

/** A parameter that a merge method takes. */
export interface ParameterSpec {
  readonly name: string;
  /** model: one value an input; recipe: one for all. Either may differ from tensor to tensor. */
  readonly scope: 'model' | 'recipe';
  /**
   * names: a list of parts of tensor names; its value is 1 for tensors whose name contains one of them, else 0.
   * choice: one of `choices`; its value is the number of the choice.
   */
  readonly type: 'number' | 'boolean' | 'names' | 'choice';
  readonly choices?: readonly string[] | undefined;
  /** Undefined: the recipe must say it. */
  readonly default: number | boolean | string | readonly string[] | undefined;
  /** Least and largest value, both allowed. */
  readonly range?: readonly [least: number, largest: number] | undefined;
  /** One line for `swizzle methods`. */
  readonly help: string;
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
  readonly name: string;
  readonly inputs: readonly MethodInput[];
  /** Values of the parameters of scope `recipe`; switches are 0 or 1. */
  readonly parameters: Readonly<Record<string, number>>;
  readonly shape: readonly number[];
  /** Place among the layers, 0 to 1; 0 outside of them. */
  readonly place: number;
  /** Number of elements. */
  readonly elements: number;
  /** The key of input number `input`'s random mask: from the recipe's seed, the input's number and the tensor's name. */
  randomKey(input: number): RandomKey;
}

/**
 * A merge method: its parameters, and what is done with one tensor. It never sees tensor data, so that it runs on every
 * device: it asks for statistics, gets numbers, and gives the numbers of one element-wise pass.
 */
export interface MergeMethod {
  /** mergekit's name. */
  readonly name: string;
  readonly title: string;
  /** Paper or origin. */
  readonly source: string;
  /** What it is for, in a line. */
  readonly summary: string;
  readonly parameters: readonly ParameterSpec[];
  /** Whether results depend on a seed. */
  readonly random?: boolean | undefined;
  /** How many models it takes; the base model counts only where `base` is 'first'. */
  readonly models: { readonly min: number; readonly max: number };
  /**
   * What `base_model` means. computes: its tensors are input 0, the others follow; it must be there. optional: the same
   * where the recipe names one. first: it is one of the models, and input 0; it must be there. layout: it only lends its
   * config, tokenizer and order.
   */
  readonly base: 'computes' | 'optional' | 'first' | 'layout';
  /**
   * @throws Error that says why there is no result ("the weights sum to 0"); the caller names the tensor
   */
  work(tensor: MethodCase): Work;
}
