import type { VariantMaker } from '../running/variant-maker.ts';
import type { Score } from '../file/spec.ts';
import type { Variant } from '../axes/variant.ts';
import { commandScorer } from './command.ts';
import { fileScorer } from './file.ts';
import type { Scorer } from './scorer.ts';
import { findWords } from './scorer-facts.ts';

/** The scorer that a sweep file asks for; undefined where it asks for none. */
export async function openScorer(
  score: Score | undefined,
  maker: VariantMaker,
  first: Variant,
): Promise<Scorer | undefined> {
  if (score === undefined) return undefined;
  if (score.kind === 'command') return commandScorer({ ...score, command: await findWords(score.command, maker.file) });
  if (score.kind === 'file') return fileScorer(score, maker.file);
  if (score.kind === 'loss') {
    const { lossScorer } = await import('./loss.ts');
    return lossScorer(score, maker, first);
  }
  const { distanceScorer } = await import('./distance.ts');
  return distanceScorer(score, maker, first);
}
