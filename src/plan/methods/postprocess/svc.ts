import type { MatrixStep, MatrixWork } from '../../kernel/matrix.ts';
import type { MethodCase } from '../method.ts';
import { DELTA, vectorName } from '../parts/matrix.ts';
import type { Work } from '../work.ts';
import { checkedWeights, type Postprocess } from './postprocess.ts';

/** Singular values of the merged task vector, shorter where several fine-tunes share a direction. */
export const svc: Postprocess = {
  name: 'svc',
  title: 'Singular value calibration',
  source: 'FusionBench, singular_value_calibration',
  summary: 'takes back what directions shared by several fine-tunes count twice',
  parameters: [
    {
      name: 'alpha',
      scope: 'recipe',
      type: 'number',
      default: undefined,
      range: [Number.MIN_VALUE, Infinity],
      help: 'least share of a fine-tune in a direction; below 1, directions can grow',
    },
  ],
  after(work, tensor) {
    if (tensor.shape.length < 2) return work;
    const inputs = tensor.inputs.flatMap(({ isBase }, index) => (isBase ? [] : [index]));
    const of = inputs.map((input) => `calibrated ${vectorName(input)}`);
    const merged = mergedSteps(work, tensor);
    const vectors = inputs.map((input, index): MatrixStep => {
      return { do: 'delta', input, weight: 1, out: of[index] ?? '' };
    });
    const alpha = tensor.parameters['alpha'] ?? 1;
    const out = `${DELTA} calibrated`;
    const steps = [...merged.steps, ...vectors, { do: 'calibrate', merged: merged.delta, of, alpha, out } as const];
    return { kind: 'matrix', steps, delta: out, scale: 1 };
  },
};

/** The merged task vector by steps, whatever made it. */
function mergedSteps(work: Work, { inputs }: MethodCase): Pick<MatrixWork, 'steps' | 'delta'> {
  if (work.kind === 'matrix') {
    const name = `${DELTA} scaled`;
    const terms = [{ of: work.delta, weight: work.scale }];
    return { steps: [...work.steps, { do: 'sum', terms, out: name }], delta: name };
  }
  const weights = plainWeights(work);
  const steps = inputs.flatMap(({ isBase }, input): MatrixStep[] => {
    if (isBase) return [];
    const own = `part ${input}`;
    return [
      { do: 'delta', input, weight: 1, out: own },
      { do: 'sum', terms: [{ of: own, weight: weights[input] ?? 0 }], out: 'merged' },
      { do: 'drop', names: [own] },
    ];
  });
  return { steps, delta: 'merged' };
}

/** The weight of each input's task vector, where that is all that the merge does. */
function plainWeights(work: Exclude<Work, MatrixWork>): readonly number[] {
  if (work.kind === 'weighted_sum') return checkedWeights(work.weights);
  if (work.kind === 'task_vectors' && !work.elect && work.terms.every(({ keep }) => keep.kind === 'all')) {
    const weights: number[] = [];
    for (const { input, weight } of work.terms) weights[input] = work.scale * weight;
    return weights;
  }
  throw new Error('svc follows a sum of task vectors or a merge over whole matrices, no other method yet');
}
