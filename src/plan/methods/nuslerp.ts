import { cosine, sphericalPair } from './parts/angles.ts';
import type { Gram } from './parts/gram.ts';
import type { MergeMethod } from './method.ts';
import { ask, fromBase, type Work, weightedSum } from './work.ts';

const TINY_SUM = 1e-6;
const TINY_NORM = 1e-7;
const TINY_SINE = 1e-8;

/**
 * Spherical interpolation of two models, or of their differences from a base model; of whole tensors, rows or columns.
 * Origin: mergekit.
 */
export const nuslerp: MergeMethod = {
  name: 'nuslerp',
  title: 'NuSLERP',
  source: 'mergekit',
  summary: 'two models along the arc between them, with weights; also of task vectors, by row or by column',
  parameters: [
    {
      name: 'weight',
      scope: 'model',
      type: 'number',
      default: undefined,
      help: 'share of this model, relative to the other',
    },
    {
      name: 'nuslerp_flatten',
      scope: 'recipe',
      type: 'boolean',
      default: true,
      help: 'whole tensors; false: vectors along the last dimension',
    },
    {
      name: 'nuslerp_row_wise',
      scope: 'recipe',
      type: 'boolean',
      default: false,
      help: 'without nuslerp_flatten: vectors along the first dimension',
    },
  ],
  models: { min: 2, max: 2 },
  base: 'optional',
  work({ inputs, parameters, shape }) {
    const difference = inputs[0]?.isBase ?? false;
    const [first = 0, second = 0] = inputs.filter(({ isBase }) => !isBase).map(({ parameters: own }) => own['weight']);
    const sum = first + second;
    const t = Math.abs(sum) < TINY_SUM ? 0.5 : second / sum;
    // A tensor of one dimension is one vector, whichever way it is cut.
    const whole = parameters['nuslerp_flatten'] !== 0 || shape.length < 2;
    const per = whole ? 'tensor' : parameters['nuslerp_row_wise'] ? 'column' : 'row';
    return ask({ kind: 'gram', difference, per }, (grams) => {
      if (per === 'tensor') return one(pairOf(grams[0], t), difference);
      const lines = grams.map((gram) => one(pairOf(gram, t), difference).weights);
      return { kind: 'weighted_lines', per, weights: Float64Array.from(lines.flat()) } satisfies Work;
    });
  },
};

function one(pair: readonly number[], difference: boolean): ReturnType<typeof weightedSum> {
  return difference ? fromBase(pair) : weightedSum(pair);
}

function pairOf(gram: Gram | undefined, t: number): [number, number] {
  const dot = gram ? cosine(gram, (norm) => Math.max(norm, TINY_NORM)) : 1;
  const theta = Math.acos(Math.min(1, Math.max(-1, dot)));
  return Math.abs(Math.sin(theta)) < TINY_SINE ? [1 - t, t] : sphericalPair(theta, t);
}
