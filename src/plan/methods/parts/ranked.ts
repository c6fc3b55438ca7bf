import type { Keep } from '../../kernel/statistics.ts';
import { DENSITY } from './density.ts';
import type { Thinning } from './task-vectors.ts';

/**
 * Keeps an element with probability density − epsilon + 2·epsilon·(its rank by magnitude in its row, 0 to 1): the larger, the likelier.
 */
export const RANKED: Thinning = {
  random: true,
  parameters: [
    DENSITY,
    {
      name: 'epsilon',
      scope: 'model',
      type: 'number',
      default: 0.15,
      range: [0, 1],
      help: 'how far the probability goes from density, down for the smallest and up for the largest of a row',
    },
  ],
  keep({ inputs, randomKey }, next) {
    return next(
      inputs.slice(1).map(({ parameters: { density = 1, epsilon = 0.15 } }, i): Keep => {
        if (density >= 1) return { kind: 'all' };
        if (density <= 0) return { kind: 'none' };
        if (density + epsilon >= 1 || density - epsilon <= 0) {
          throw new Error(`density ${density} − and + epsilon ${epsilon} must lie between 0 and 1`);
        }
        return { kind: 'ranked', key: randomKey(i + 1), least: density - epsilon, range: 2 * epsilon };
      }),
    );
  },
};
