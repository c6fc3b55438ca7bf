import { elementCount } from '../checkpoint/header.ts';
import { isFloat, type Dtype, type FloatDtype } from '../dtype.ts';
import { messageOf, SwizzleError } from '../errors.ts';
import type { CheckedRecipe } from '../methods/check.ts';
import type { ParameterSpec } from '../methods/method.ts';
import { parameterAt, type Parameters } from '../recipe/parameters.ts';
import type { ChunkInput, KernelName } from './chunk.ts';
import type { MatchedTensor, Matching } from './match.ts';
import { operandOf } from './operand.ts';

/** One tensor to be made: its inputs and, for every variant, dtype and coefficients. */
export interface TensorTask {
  readonly name: string;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly kernel: KernelName;
  /** Whole tensors; ranges in bytes of the input files. */
  readonly inputs: readonly ChunkInput[];
  /** One a variant. */
  readonly outputs: readonly { readonly dtype: Dtype; readonly weights: readonly number[] }[];
}

/** A recipe to be computed, and its tensors matched against the models. */
export interface MatchedVariant {
  readonly checked: CheckedRecipe;
  readonly matching: Matching;
  /** Overrides the recipe's dtype. */
  readonly dtype: FloatDtype | undefined;
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

function planOutput({ checked, dtype }: MatchedVariant, tensor: MatchedTensor): TensorTask['outputs'][number] {
  const leadDtype = tensor.lead.dtype;
  if (!isFloat(leadDtype)) return { dtype: leadDtype, weights: [] };
  const weights = tensor.keepLead ? [1] : coefficients(checked, tensor);
  return { dtype: dtype ?? checked.recipe.outDtype ?? leadDtype, weights };
}

function coefficients({ recipe, method }: CheckedRecipe, tensor: MatchedTensor): number[] {
  const read = (spec: ParameterSpec, levels: readonly Parameters[], where: string): [string, number] => {
    const value = parameterAt(levels, spec.name, tensor.name, tensor.t) ?? spec.default;
    if (value === undefined) {
      throw new SwizzleError('recipe', `${recipe.file}: ${where} has no ${spec.name} for tensor ${tensor.name}`);
    }
    return [spec.name, Number(value)];
  };
  const scoped = (scope: ParameterSpec['scope']): ParameterSpec[] =>
    method.parameters.filter((spec) => spec.scope === scope);
  const inputs = tensor.inputs.map(({ model, isBase, parameters }) => {
    const values = isBase ? [] : scoped('model').map((spec) => read(spec, parameters, model));
    return { isBase, parameters: Object.fromEntries(values) };
  });
  const parameters = Object.fromEntries(scoped('recipe').map((spec) => read(spec, tensor.parameters, 'the recipe')));
  try {
    return method.coefficients({ inputs, parameters });
  } catch (cause) {
    throw new SwizzleError('recipe', `${recipe.file}: tensor ${tensor.name}: ${messageOf(cause)}`, { cause });
  }
}

function kernelFor(lead: Dtype, inputs: TensorTask['inputs'], outputs: TensorTask['outputs']): KernelName {
  if (!isFloat(lead)) return 'copy';
  const [input, output] = [inputs[0], outputs[0]];
  if (inputs.length > 1 || outputs.length > 1 || output?.weights[0] !== 1) return 'weighted_sum';
  return input?.dtype === output.dtype && input.derive === undefined ? 'copy' : 'convert';
}
