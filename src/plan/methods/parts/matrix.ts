import type { MatrixStep } from '../../kernel/matrix.ts';
import type { MergeMethod, MethodCase, ParameterSpec } from '../method.ts';
import type { Work } from '../work.ts';
import { vectorSum } from './vector-sum.ts';

export const LAMBDA: ParameterSpec = {
  name: 'lambda',
  scope: 'recipe',
  type: 'number',
  default: 1,
  help: 'factor of the merged task vector',
};

export const WEIGHT: ParameterSpec = {
  name: 'weight',
  scope: 'model',
  type: 'number',
  default: 1,
  help: 'factor of this task vector',
};

export const EXCLUDE: ParameterSpec = {
  name: 'exclude',
  scope: 'recipe',
  type: 'names',
  default: [],
  help: 'parts of the names of tensors that are averaged instead',
};

/** A tensor of two dimensions as a method sees it. */
export interface MatrixCase {
  /** Numbers of the inputs that task vectors are of. */
  readonly inputs: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly tensor: MethodCase;
}

/** What tells one method over whole matrices from another. */
export interface MatrixFamily extends Pick<MergeMethod, 'name' | 'title' | 'source' | 'summary' | 'parameters'> {
  /** Steps that leave the merged task vector in `delta`; throws Error where there is no result. */
  steps(tensor: MatrixCase): readonly MatrixStep[];
}

/** The merged task vector's name. */
export const DELTA = 'delta';

/**
 * A method that makes matrices by steps over their task vectors. Tensors of one dimension, and those that are excluded, are the plain
 * average of the task vectors; both times lambda.
 */
export function matrixMethod(family: MatrixFamily): MergeMethod {
  const { steps, ...about } = family;
  return {
    ...about,
    models: { min: 1, max: Infinity },
    base: 'computes',
    work: (tensor): Work => {
      const { shape, parameters, elements } = tensor;
      const inputs = tensor.inputs.flatMap(({ isBase }, index) => (isBase ? [] : [index]));
      const lambda = parameters['lambda'] ?? 1;
      if (shape.length < 2 || parameters['exclude'] === 1) {
        const weightOf = (input: number): number => tensor.inputs[input]?.parameters['weight'] ?? 1;
        return vectorSum(inputs.map(weightOf), lambda / inputs.length);
      }
      const columns = shape.at(-1) ?? 1;
      const made = steps({ inputs, rows: elements / columns, columns, tensor });
      return { kind: 'matrix', steps: made, delta: DELTA, scale: lambda };
    },
  };
}

/** The name of an input's task vector. */
export function vectorName(input: number): string {
  return `t${input}`;
}

/** Σ task vectors in `out`; one of them at a time is in memory. */
export function sumOfVectors(inputs: readonly number[], out: string): MatrixStep[] {
  return inputs.flatMap((input, index): MatrixStep[] => {
    if (index === 0) return [{ do: 'delta', input, weight: 1, out }];
    const name = vectorName(input);
    return [
      { do: 'delta', input, weight: 1, out: name },
      { do: 'sum', terms: [{ of: name, weight: 1 }], out },
      { do: 'drop', names: [name] },
    ];
  });
}
