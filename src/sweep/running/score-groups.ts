import type { Objective } from '../file/spec.ts';
import type { SweepSession } from '../log/session.ts';
import { deleteSurplus } from './keep.ts';
import type { SweepEvent } from '../log/events.ts';
import { type GroupScorer, type Scored, ScoreFailure } from '../score/scorer.ts';
import type { Variant } from '../axes/variant.ts';

/** What scoring groups needs of a wave. */
interface GroupTools {
  readonly session: SweepSession;
  readonly objective: Objective | undefined;
  readonly keep: number;
  readonly onShare?: ((variants: readonly string[], share: number) => void) | undefined;
  readonly signal: AbortSignal;
}

/** Scores variants group by group, and records a group at once. @throws what stops the sweep */
export async function scoreGroups(variants: readonly Variant[], scorer: GroupScorer, tools: GroupTools): Promise<void> {
  const { session, signal, objective, keep, onShare } = tools;
  for (let begin = 0; begin < variants.length; begin += scorer.size) {
    signal.throwIfAborted();
    const group = variants.slice(begin, begin + scorer.size);
    const started = performance.now();
    const names = group.map(({ name }) => name);
    const results = await scorer.score(group, signal, (share) => onShare?.(names, share));
    const seconds = (performance.now() - started) / 1000 / group.length;
    const events = group.map(({ name }, index): Exclude<SweepEvent, { event: 'sweep' }> => {
      const result = checked(results[index], objective?.metric);
      if (!(result instanceof ScoreFailure)) {
        return { event: 'scored', variant: name, scores: result.scores, ...examplesOf(result), seconds, attempts: 1 };
      }
      const { message, output, attempts } = result;
      return { event: 'failed', variant: name, stage: 'score', message, output, attempts };
    });
    await session.record(...events);
    if (objective) await deleteSurplus(session, objective, keep);
  }
}

function checked(result: Scored | ScoreFailure | undefined, metric: string | undefined): Scored | ScoreFailure {
  if (result === undefined) return new ScoreFailure('there is no score', '', 1);
  if (result instanceof ScoreFailure || metric === undefined || result.scores[metric] !== undefined) return result;
  const found = Object.keys(result.scores).join(', ');
  return new ScoreFailure(`no metric ${JSON.stringify(metric)} among ${found}`, '', 1);
}

function examplesOf({ examples }: Scored): Pick<Scored, 'examples'> {
  return examples === undefined ? {} : { examples };
}
