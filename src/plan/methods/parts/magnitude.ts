import type { Keep } from '../../kernel/statistics.ts';
import { DENSITY } from './density.ts';
import type { Thinning } from './task-vectors.ts';
import { ask, type Want } from '../work.ts';

/** Keeps the ⌊density·n⌋ largest by magnitude; equal ones at the bound by index. Nothing where that is 0. */
export const MAGNITUDE: Thinning = {
  random: false,
  parameters: [DENSITY],
  keep({ inputs, elements }, next) {
    const densities = inputs.slice(1).map(({ parameters }) => parameters['density'] ?? 1);
    const thinned = densities.map((density, i) => ({ input: i + 1, count: Math.floor(density * elements), density }));
    const wants = thinned
      .filter(({ density, count }) => density < 1 && count > 0)
      .map(({ input, count }): Want => ({ input, most: { count } }));
    if (wants.length === 0) return next(thinned.map(({ density }) => ({ kind: density < 1 ? 'none' : 'all' })));
    return ask({ kind: 'cutoffs', value: { kind: 'difference' }, wants }, (cutoffs) => {
      const byInput = new Map(wants.map(({ input }, at) => [input, cutoffs[at]]));
      return next(
        thinned.map(({ input, density }): Keep => {
          const inside = byInput.get(input);
          if (inside) return { kind: 'band', inside, outside: undefined };
          return { kind: density < 1 ? 'none' : 'all' };
        }),
      );
    });
  },
};
