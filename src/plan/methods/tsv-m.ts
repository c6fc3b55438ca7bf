import type { MatrixStep } from '../kernel/matrix.ts';
import type { MergeMethod } from './method.ts';
import { DELTA, EXCLUDE, LAMBDA, matrixMethod, vectorName, WEIGHT } from './parts/matrix.ts';

/**
 * The ⌊r/T⌋ largest singular triples of each of T task vectors, their vectors made orthogonal together: polar(U)·diag(S)·polar(V)ᵀ.
 * Task Singular Vectors, arXiv 2412.00081.
 */
export const tsvM: MergeMethod = matrixMethod({
  name: 'tsv_m',
  title: 'Task singular vectors',
  source: 'arXiv 2412.00081',
  summary: 'the main directions of each fine-tune, kept apart from one another',
  parameters: [WEIGHT, LAMBDA, EXCLUDE],
  steps({ inputs, rows, columns, tensor }) {
    const rank = Math.floor(Math.min(rows, columns) / inputs.length);
    return [
      { do: 'set', rank: rank * inputs.length, out: 'set' },
      ...inputs.flatMap((input): MatrixStep[] => {
        const name = vectorName(input);
        const weight = tensor.inputs[input]?.parameters['weight'] ?? 1;
        return [
          { do: 'delta', input, weight, out: name },
          { do: 'leading', of: name, rank, into: 'set' },
          { do: 'drop', names: [name] },
        ];
      }),
      { do: 'compose', of: 'set', values: 'own', out: DELTA },
    ];
  },
});
