import type { Maker } from '../maker.ts';
import type { Score } from '../spec.ts';
import type { Variant } from '../variant.ts';
import { commandScorer } from './command.ts';
import { fileScorer } from './file.ts';
import type { Scorer } from './scorer.ts';

/** The scorer that a sweep file asks for; undefined where it asks for none. */
export async function openScorer(score: Score | undefined, maker: Maker, first: Variant): Promise<Scorer | undefined> {
  if (score === undefined) return undefined;
  if (score.kind === 'command') return commandScorer(score);
  if (score.kind === 'file') return fileScorer(score);
  if (score.kind === 'loss') {
    const { lossScorer } = await import('./loss.ts');
    return lossScorer(score, maker, first);
  }
  const { distanceScorer } = await import('./distance.ts');
  return distanceScorer(score, maker, first);
}
