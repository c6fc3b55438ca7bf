import { checkNumbers } from './methods/check-numbers.ts';
import { elementCount } from '../models/checkpoint/header/header.ts';
import { isFloat, type Dtype, type FloatDtype } from '../dtype.ts';
import { messageOf, SwizzleError } from '../errors.ts';
import type { Elementwise } from './kernel/elementwise.ts';
import type { MatrixWork } from './kernel/matrix.ts';
import { randomKey } from './kernel/random-key.ts';
import type { RandomKey } from './kernel/statistics.ts';
import type { CheckedRecipe } from './methods/check.ts';
import type { ParameterSpec } from './methods/method.ts';
import { type Ask, type Work, weightedSum } from './methods/work.ts';
import { isWords, parameterAt, type Parameters, type Words } from '../recipe/parameters.ts';
import type { ChunkInput, KernelName } from './chunks/chunk.ts';
import type { MatchedTensor, Matching } from './match/match.ts';
import { operandOf } from './operand.ts';
import type { OutputForm } from './output-form.ts';

/** One tensor to be made: its inputs and, for every variant, dtype and coefficients. */
export interface TensorTask {
  readonly name: string;
  readonly shape: readonly number[];
  readonly elements: number;
  /** elementwise: by a job of several passes. matrix: by a job over whole matrices. */
  readonly kernel: KernelName | 'matrix';
  /** Whole tensors; ranges in bytes of the input files. */
  readonly inputs: readonly ChunkInput[];
  /** One a variant. */
  readonly outputs: readonly TaskOutput[];
}

/** One output of a task. */
export interface TaskOutput {
  readonly dtype: Dtype;
  /** Coefficients of the one weighted sum that makes it; empty where there is `work`. */
  readonly weights: readonly number[];
  /** What makes it, where that is more than one weighted sum known beforehand. */
  readonly work?: Elementwise | Ask | MatrixWork | undefined;
  /** Set where something else is written than elements of `dtype`. */
  readonly form?: OutputForm | undefined;
}

/** A recipe to be computed, and its tensors matched against the models. */
export interface MatchedVariant {
  readonly checked: CheckedRecipe;
  readonly matching: Matching;
  /** Overrides the recipe's dtype. */
  readonly dtype: FloatDtype | undefined;
  /** Seed of random masks. */
  readonly seed: number;
}

/**
 * Turns parameters into coefficients. All variants have the same tensors from the same models.
 * @throws SwizzleError 'recipe' that names file, tensor, model and parameter
 */
export function planTasks(variants: readonly MatchedVariant[], fileNumber: (path: string) => number): TensorTask[] {
  const [first] = variants;
  if (first === undefined) return [];
  return first.matching.tensors.map((matched, index): TensorTask => {
    const inputs = matched.inputs.map(({ checkpoint, tensor }) => operandOf(checkpoint, tensor, fileNumber));
    const outputs = variants.map((variant) => {
      const own = variant.matching.tensors[index];
      if (own?.name !== matched.name || own.inputs.length !== inputs.length) {
        throw new SwizzleError('internal', `variants of one plan differ at tensor ${matched.name}`);
      }
      return planOutput(variant, own);
    });
    const { shape, dtype } = matched.lead;
    return {
      name: matched.name,
      shape,
      elements: elementCount(shape),
      kernel: kernelFor(dtype, inputs, outputs),
      inputs,
      outputs,
    };
  });
}

function planOutput({ checked, dtype, seed }: MatchedVariant, tensor: MatchedTensor): TaskOutput {
  const leadDtype = tensor.lead.dtype;
  if (!isFloat(leadDtype)) return { dtype: leadDtype, weights: [] };
  const work = tensor.keepLead ? weightedSum([1]) : workOf(checked, tensor, seed);
  const to = dtype ?? checked.recipe.outDtype ?? leadDtype;
  return work.kind === 'weighted_sum' ? { dtype: to, weights: work.weights } : { dtype: to, weights: [], work };
}

function workOf({ recipe, method, module, postprocess }: CheckedRecipe, tensor: MatchedTensor, seed: number): Work {
  const read = (spec: ParameterSpec, levels: readonly Parameters[], where: string): [string, number] => {
    const value = parameterAt(levels, spec.name, tensor.name, tensor.t) ?? wordsOf(spec.default);
    if (value === undefined) {
      throw new SwizzleError('recipe', `${recipe.file}: ${where} has no ${spec.name} for tensor ${tensor.name}`, {
        details: { file: recipe.file, tensor: tensor.name },
      });
    }
    return [spec.name, isWords(value) ? wordsNumber(spec, value.words, tensor.name) : Number(value)];
  };
  const scoped = (scope: ParameterSpec['scope']): ParameterSpec[] =>
    method.parameters.filter((spec) => spec.scope === scope);
  const inputs = tensor.inputs.map(({ model, isBase, parameters }) => {
    const values = isBase ? [] : scoped('model').map((spec) => read(spec, parameters, model));
    return { isBase, parameters: Object.fromEntries(values) };
  });
  const parameters = Object.fromEntries(scoped('recipe').map((spec) => read(spec, tensor.parameters, 'the recipe')));
  try {
    const { shape } = tensor.lead;
    const key = (input: number): RandomKey => randomKey(seed, input, tensor.name);
    const place = tensor.t;
    const tensorCase = {
      name: tensor.name,
      inputs,
      parameters,
      shape,
      place,
      elements: elementCount(shape),
      randomKey: key,
    };
    const made = method.work(tensorCase);
    let work = module === undefined ? made : checkNumbers(made, inputs.length);
    for (const { pass, parameters: own } of postprocess) {
      const values = pass.parameters.map((spec) => read(spec, [own], pass.name));
      work = pass.after(work, { ...tensorCase, parameters: Object.fromEntries(values) });
    }
    return work;
  } catch (cause) {
    throw new SwizzleError('recipe', `${module?.path ?? recipe.file}: tensor ${tensor.name}: ${messageOf(cause)}`, {
      cause,
      details: { file: module?.path ?? recipe.file, tensor: tensor.name },
    });
  }
}

function wordsOf(value: ParameterSpec['default']): number | boolean | Words | undefined {
  if (typeof value === 'string') return { words: [value] };
  return typeof value === 'object' ? { words: value } : value;
}

/** What a list of words comes to for one tensor. */
function wordsNumber({ type, choices = [] }: ParameterSpec, words: readonly string[], tensor: string): number {
  if (type === 'names') return Number(words.some((word) => tensor.includes(word)));
  return Math.max(0, choices.indexOf(words[0] ?? ''));
}

/** @param lead the lead model's dtype */
export function kernelFor(
  lead: Dtype,
  inputs: TensorTask['inputs'],
  outputs: TensorTask['outputs'],
): TensorTask['kernel'] {
  if (!isFloat(lead)) return 'copy';
  if (outputs.some(({ work }) => work?.kind === 'matrix')) return 'matrix';
  if (outputs.some(({ work }) => work !== undefined)) return 'elementwise';
  const [input, output] = [inputs[0], outputs[0]];
  if (inputs.length > 1 || outputs.length > 1 || output?.weights[0] !== 1) return 'weighted_sum';
  return input?.dtype === output.dtype && input.derive === undefined && output.form === undefined ? 'copy' : 'convert';
}
