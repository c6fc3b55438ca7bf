import type { MergeMethod } from './method.ts';
import { DELTA, EXCLUDE, matrixMethod, vectorName } from './parts/matrix.ts';

const SOLVERS = ['exact', 'adam'] as const;

/**
 * The X that is nearest to every task vector t on that task vector's own input directions: min Σ |(X − t)·tᵀ|² / |t|².
 * Whoever Started the Interference Should End It, arXiv 2503.08099.
 */
export const wudi: MergeMethod = matrixMethod({
  name: 'wudi',
  title: 'WUDI-Merging',
  source: 'arXiv 2503.08099',
  summary: 'the matrix that interferes least with each fine-tune',
  parameters: [
    {
      name: 'solver',
      scope: 'recipe',
      type: 'choice',
      choices: SOLVERS,
      default: 'exact',
      help: 'exact: the minimum; adam: steps of Adam from the sum, as published',
    },
    {
      name: 'iterations',
      scope: 'recipe',
      type: 'number',
      default: 300,
      range: [1, Infinity],
      help: 'steps of Adam',
    },
    EXCLUDE,
  ],
  steps({ inputs, tensor }) {
    const of = inputs.map(vectorName);
    const vectors = inputs.map((input) => ({ do: 'delta' as const, input, weight: 1, out: vectorName(input) }));
    const isExact = SOLVERS[tensor.parameters['solver'] ?? 0] === 'exact';
    const iterations = isExact ? 0 : Math.round(tensor.parameters['iterations'] ?? 300);
    return [...vectors, { do: 'interfere', of, iterations, out: DELTA }];
  },
});
