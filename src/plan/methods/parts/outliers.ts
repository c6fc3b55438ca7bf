import type { Keep } from '../../kernel/statistics.ts';
import { DENSITY } from './density.ts';
import type { Thinning } from './task-vectors.ts';
import { ask, type Want } from '../work.ts';

/** How many of the largest are dropped, and how many behind them are kept. */
interface Counts {
  readonly dropped: number;
  readonly kept: number;
}

/**
 * Drops the ⌊gamma·n⌋ largest, then the smallest until ⌊density·n⌋ remain; where both do not fit, fewer large ones are
 * dropped. mergekit zeroes everything where ⌊gamma·n⌋ is 0; here nothing large is dropped then.
 */
export const OUTLIERS: Thinning = {
  random: false,
  parameters: [
    DENSITY,
    {
      name: 'gamma',
      scope: 'model',
      type: 'number',
      default: 0.01,
      range: [0, 1],
      help: 'share of the elements that is dropped as too large',
    },
  ],
  keep({ inputs, elements }, next) {
    const counts = inputs.slice(1).map(({ parameters: { density = 1, gamma = 0.01 } }): Counts | undefined => {
      if (density >= 1) return undefined;
      const kept = Math.floor(density * elements);
      return { kept, dropped: Math.min(Math.floor(gamma * elements), elements - kept) };
    });
    const wants = counts.flatMap((own, i): Want[] => {
      if (own === undefined || own.kept === 0) return [];
      const ends = own.dropped > 0 ? [own.dropped + own.kept, own.dropped] : [own.kept];
      return ends.map((count) => ({ input: i + 1, most: { count } }));
    });
    if (wants.length === 0) return next(counts.map((own) => ({ kind: own ? 'none' : 'all' })));
    return ask({ kind: 'cutoffs', value: { kind: 'difference' }, wants }, (cutoffs) => {
      return next(
        counts.map((own, i): Keep => {
          if (own === undefined) return { kind: 'all' };
          const [inside, outside] = cutoffs.filter((_, at) => wants[at]?.input === i + 1);
          return inside ? { kind: 'band', inside, outside } : { kind: 'none' };
        }),
      );
    });
  },
};
