import type { Keep } from '../../kernel/statistics.ts';
import { DENSITY } from './density.ts';
import type { Thinning } from './task-vectors.ts';

/** Keeps each element with probability `density`. */
export const RANDOM: Thinning = {
  random: true,
  parameters: [DENSITY],
  keep({ inputs, randomKey }, next) {
    return next(
      inputs.slice(1).map(({ parameters: { density = 1 } }, i): Keep => {
        if (density >= 1) return { kind: 'all' };
        return { kind: 'random', key: randomKey(i + 1), below: Math.floor(density * 2 ** 32) };
      }),
    );
  },
};
