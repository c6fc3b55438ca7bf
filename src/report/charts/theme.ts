import type { Goal } from '../ranking.ts';

/** Scores as places on the colour scale. */
interface ColorLevels {
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

/** Width of a chart in CSS pixels: a phone shows it unscaled, a desktop two or three in a row. */
export const WIDTH = 400;

/** What marks refer to; defined by STANDALONE_STYLE. */
export const ACCENT = 'var(--accent)';
export const DOT = 'var(--dot)';
export const MUTED = 'var(--muted)';
export const SURFACE = 'var(--surface)';

/**
 * Viridis without its darkest and lightest tenth, so that it is legible on white and on near black; safe for the colour-blind,
 * even in lightness, and in grey. Bright is good: its domain is `ChartPoint.level`.
 */
export const LEVEL_COLOR: ColorScale = {
  type: 'linear',
  domain: [0, 1],
  range: ['#482475', '#414487', '#355f8d', '#2a788e', '#21918c', '#22a884', '#44bf70', '#7ad151', '#bddf26'],
  clamp: true,
};

interface ColorScale {
  readonly type: 'linear';
  readonly domain: number[];
  readonly range: string[];
  readonly clamp: boolean;
}

/** Inside every SVG, so that it looks right in the page and alone. */
export const STANDALONE_STYLE = `
.plot { --accent: #c2410c; --dot: #2563eb; --muted: #6b7280; --surface: #ffffff; color: #1f2937; background: none;
  font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums; max-width: 100%; height: auto; display: block; overflow: visible; }
.plot text { white-space: pre; }
.plot [data-part*="grid"] { stroke-opacity: .12; }
.plot a { color: inherit; }
.plot a:hover > *, .plot a:focus > *, .plot a.linked > * { stroke: currentColor; stroke-width: 2.5px; stroke-opacity: 1; fill-opacity: 1; }
.plot a:focus { outline: none; }
@media (prefers-color-scheme: dark) { .plot { --accent: #fb923c; --dot: #7cb0ff; --muted: #9ca3af; --surface: #16191f; color: #e5e7eb; } }
@media print { .plot { --accent: #c2410c; --dot: #2563eb; --muted: #6b7280; --surface: #ffffff; color: #1f2937; } }
`;
