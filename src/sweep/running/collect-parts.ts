import { join } from 'node:path';
import { SwizzleError } from '../../errors.ts';
import { partList } from '../../plan/part.ts';
import type { SweepEvent } from '../log/events.ts';
import { readFolderLogs } from '../log/folder-logs.ts';
import type { SweepIdentity } from '../log/identity.ts';
import { type PartLog, removePartLogs } from '../log/part-logs.ts';
import type { SweepSession } from '../log/session.ts';
import { stateOf, type VariantState } from '../log/state.ts';
import type { SweepSpec } from '../file/spec.ts';
import { isThere } from './variant-maker.ts';
import { variantsOfPart } from './waves.ts';
import { firstScores } from './first-scores.ts';

type VariantEvent = Exclude<SweepEvent, { event: 'sweep' }>;

/** What the parts of a sweep have recorded, complete. */
export interface GatheredParts {
  /** To be added to the sweep's own log, in the order of the variants. */
  readonly events: readonly VariantEvent[];
  readonly logs: readonly PartLog[];
  /** What the user should know. */
  readonly warnings: readonly string[];
}

/**
 * Reads what the parts of a sweep have recorded. Changes nothing.
 * @throws SwizzleError 'usage' that lists the parts that are missing
 */
export async function gatherParts(folder: string, spec: SweepSpec, identity: SweepIdentity): Promise<GatheredParts> {
  const { own, parts: logs, strangers } = await readFolderLogs(folder, identity);
  const known = stateOf(own);
  const warnings = strangers.map((stranger) => `ignored: ${stranger}`);
  if (logs.length === 0) {
    // joined before, perhaps
    if (known.size > 0) return { events: [], logs, warnings };
    const others = strangers.length > 0 ? `; ignored: ${strangers.join('; ')}` : '';
    throw new SwizzleError('usage', `${folder}: contains no part of this sweep${others}`, {
      details: { path: folder },
    });
  }
  const { events, differing } = firstScores(logs);
  const count = Math.max(...logs.map(({ part }) => part.count));
  const missing: number[] = [];
  const found: VariantEvent[] = [];
  for (let index = 0; index < count; index++) {
    let isWhole = true;
    for (const { name } of variantsOfPart(spec, { index, count })) {
      const its = events.get(name) ?? [];
      isWhole &&= isDone(known.get(name) ?? stateOf(its).get(name), spec);
      found.push(...(await asItIs(its, name, folder)));
    }
    if (!isWhole) missing.push(index);
  }
  if (missing.length > 0) {
    const what = missing.length === 1 ? 'part' : 'parts';
    const others = strangers.length > 0 ? `; ignored: ${strangers.join('; ')}` : '';
    throw new SwizzleError(
      'usage',
      `${folder}: ${what} ${partList(missing, count)} ${missing.length === 1 ? 'is' : 'are'} not done${others}`,
      {
        details: { missing: missing.map((index) => index + 1), of: count },
      },
    );
  }
  return { events: found, logs, warnings: [...warnings, ...differing] };
}

/** Adds what parts have recorded to the sweep's own log, and removes their logs. Only for the owner of the sweep's lock. */
export async function collectParts({ events, logs }: GatheredParts, session: SweepSession): Promise<void> {
  await session.record(...events);
  await removePartLogs(logs);
}

/**
 * A variant that two processes made may have been deleted by one and not by the other: what is on the disk counts. One that
 * any of them has scored has its score.
 */
async function asItIs(events: readonly VariantEvent[], variant: string, folder: string): Promise<VariantEvent[]> {
  const isScored = events.some(({ event }) => event === 'scored');
  const kept = events.filter(({ event }) => event !== 'deleted' && !(isScored && event === 'failed'));
  const isGone = kept.some(({ event }) => event === 'made') && !(await isThere(join(folder, 'models', variant)));
  return isGone ? [...kept, { event: 'deleted', variant }] : kept;
}

function isDone(variant: VariantState | undefined, { score }: SweepSpec): boolean {
  if (variant === undefined) return false;
  // a row that is not there yet may come at any time
  if (score?.kind === 'file') return true;
  return variant.state === 'failed' || variant.state === (score === undefined ? 'made' : 'scored');
}
