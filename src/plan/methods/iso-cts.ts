import type { MatrixStep } from '../kernel/matrix.ts';
import type { MergeMethod } from './method.ts';
import { DELTA, EXCLUDE, LAMBDA, matrixMethod, sumOfVectors, vectorName } from './parts/matrix.ts';

/**
 * The sum's main directions, and beside them the main ones of each task vector outside of those, all of the same length.
 * No Task Left Behind, arXiv 2502.04959.
 */
export const isoCts: MergeMethod = matrixMethod({
  name: 'iso_cts',
  title: 'Isotropic merging in common and task-specific subspaces',
  source: 'arXiv 2502.04959',
  summary: 'iso_c with room for directions that only one fine-tune has',
  parameters: [
    LAMBDA,
    {
      name: 'common_space_fraction',
      scope: 'recipe',
      type: 'number',
      default: 0.8,
      range: [0, 1],
      help: 'share of the singular values that the common directions get',
    },
    EXCLUDE,
  ],
  steps({ inputs, rows, columns, tensor }) {
    const most = Math.min(rows, columns);
    const fraction = tensor.parameters['common_space_fraction'] ?? 0.8;
    const own = halfToEven((most - Math.floor(most * fraction)) / inputs.length);
    const common = most - own * inputs.length;
    if (common < 0) {
      throw new Error(
        `${inputs.length} models and common_space_fraction ${fraction} leave no common directions of ${rows} x ${columns}; raise it`,
      );
    }
    const sum = sumOfVectors(inputs, 'sum');
    if (own === 0) return [...sum, { do: 'isotropic', of: 'sum', out: DELTA }];
    return [
      ...sum,
      { do: 'set', rank: common, out: 'common' },
      { do: 'leading', of: 'sum', rank: common, into: 'common' },
      { do: 'drop', names: ['sum'] },
      { do: 'set', rank: most, out: 'set' },
      ...inputs.flatMap((input): MatrixStep[] => {
        const [whole, outside] = [vectorName(input), `outside${input}`];
        return [
          { do: 'delta', input, weight: 1, out: whole },
          { do: 'project', of: whole, away: 'common', out: outside },
          { do: 'drop', names: [whole] },
          { do: 'leading', of: outside, rank: own, into: 'set' },
          { do: 'drop', names: [outside] },
        ];
      }),
      { do: 'join', from: 'common', into: 'set' },
      { do: 'drop', names: ['common'] },
      { do: 'compose', of: 'set', values: 'mean', out: DELTA },
    ];
  },
});

/** As Python's round. */
function halfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
