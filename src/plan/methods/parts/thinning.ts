import type { Keep } from '../../kernel/statistics.ts';
import type { MethodCase, ParameterSpec } from '../method.ts';
import { ask, type RequestKind, type Want, type Work } from '../work.ts';

/** How one input's difference is thinned out; its parameters are those of the recipe. */
export interface Thinning {
  readonly parameters: readonly ParameterSpec[];
  /** Whether what is kept depends on a seed. */
  readonly random: boolean;
  /**
   * Calls `next` with one Keep per input after the base, after asking for statistics if it needs them.
   * @param later what `next` will ask for
   */
  keep(tensor: MethodCase, next: (keeps: readonly Keep[]) => Work, later: readonly RequestKind[]): Work;
}

/** The share of a task vector's elements that is kept: mergekit's `density`. */
const DENSITY: ParameterSpec = {
  name: 'density',
  scope: 'model',
  type: 'number',
  default: 1,
  range: [0, 1],
  help: 'share of the elements of the task vector that is kept',
};

/** Keeps the ⌊density·n⌋ largest by magnitude; equal ones at the bound by index. Nothing where that is 0. */
export const MAGNITUDE: Thinning = {
  random: false,
  parameters: [DENSITY],
  keep({ inputs, elements }, next, later) {
    const densities = inputs.slice(1).map(({ parameters }) => parameters['density'] ?? 1);
    const thinned = densities.map((density, i) => ({ input: i + 1, count: Math.floor(density * elements), density }));
    const wants = thinned
      .filter(({ density, count }) => density < 1 && count > 0)
      .map(({ input, count }): Want => ({ input, most: { count } }));
    if (wants.length === 0) return next(thinned.map(({ density }) => ({ kind: density < 1 ? 'none' : 'all' })));
    return ask(
      { kind: 'cutoffs', value: { kind: 'difference' }, wants },
      (cutoffs) => {
        const byInput = new Map(wants.map(({ input }, at) => [input, cutoffs[at]]));
        return next(
          thinned.map(({ input, density }): Keep => {
            const inside = byInput.get(input);
            if (inside) return { kind: 'band', inside, outside: undefined };
            return { kind: density < 1 ? 'none' : 'all' };
          }),
        );
      },
      later,
    );
  },
};

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
  keep({ inputs, elements }, next, later) {
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
    return ask(
      { kind: 'cutoffs', value: { kind: 'difference' }, wants },
      (cutoffs) => {
        return next(
          counts.map((own, i): Keep => {
            if (own === undefined) return { kind: 'all' };
            const [inside, outside] = cutoffs.filter((_, at) => wants[at]?.input === i + 1);
            return inside ? { kind: 'band', inside, outside } : { kind: 'none' };
          }),
        );
      },
      later,
    );
  },
};

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
