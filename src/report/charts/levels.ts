import type { Goal } from '../order.ts';

/** Scores as places on the colour scale. */
export interface ColorLevels {
  /** 0 (worst) to 1 (best), one for each score. */
  readonly levels: readonly number[];
  /** Whether places go by rank instead of by score. */
  readonly byRank: boolean;
  /** The score in the middle of the scale. */
  readonly middle: number;
}

/** Where more than half of the scores would lie in one fifth of a linear scale, colours could not tell them apart. */
const CROWDED = 0.2;

/** Colours go by score, or by rank where a few bad scores would make all others look alike. */
export function colorLevels(scores: readonly number[], goal: Goal): ColorLevels {
  const sorted = [...scores].sort((a, b) => (goal === 'min' ? b - a : a - b));
  const [worst = 0, best = 0] = [sorted[0], sorted.at(-1)];
  const linear = (score: number): number => (best === worst ? 1 : (score - worst) / (best - worst));
  const places = sorted.map(linear);
  const half = Math.floor(sorted.length / 2);
  const byRank = places.some((place, index) => (places[index + half] ?? Infinity) - place < CROWDED) && best !== worst;
  if (!byRank) return { levels: scores.map(linear), byRank, middle: (worst + best) / 2 };
  // equal scores share a colour
  const rank = (score: number): number => sorted.indexOf(score) / Math.max(1, sorted.length - 1);
  return { levels: scores.map(rank), byRank, middle: sorted[half] ?? best };
}
