import { SwizzleError } from '../../errors.ts';
import { partList } from '../../plan/part.ts';
import type { SweepEvent } from '../log/events.ts';
import { readPartLogs, removePartLogs } from '../log/part-logs.ts';
import type { SweepSession } from '../log/session.ts';
import { stateOf, type VariantState } from '../log/state.ts';
import type { SweepSpec } from '../file/spec.ts';
import { isThere } from './variant-maker.ts';
import { variantsOfPart } from './part-variants.ts';

type VariantEvent = Exclude<SweepEvent, { event: 'sweep' }>;

/**
 * Takes what the parts of a sweep have written down into the sweep's own log, in the order of the variants, and clears their
 * logs and folders away. Only for the owner of the sweep's lock.
 * @throws SwizzleError 'usage' that lists the parts that are missing, or are of another sweep; nothing is changed then
 */
export async function collectParts(spec: SweepSpec, session: SweepSession, key: string): Promise<void> {
  const logs = await readPartLogs(session.folder);
  if (logs.length === 0) {
    // joined before, perhaps
    if (session.state.size > 0) return;
    throw new SwizzleError('usage', `${session.folder}: no part of this sweep is there yet`);
  }
  const strange = logs.find(({ events }) => events.some((event) => event.event === 'sweep' && event.key !== key));
  if (strange !== undefined) {
    throw new SwizzleError('usage', `${strange.path}: is of another recipe, of other inputs or with another scorer`);
  }
  const events = new Map<string, VariantEvent[]>();
  for (const event of logs.flatMap((log) => log.events)) {
    if (event.event === 'sweep') continue;
    const own = events.get(event.variant) ?? [];
    // logs come in any order, and one that goes on with another's variants does not name them again
    if (event.event === 'variant') own.unshift(event);
    else own.push(event);
    events.set(event.variant, own);
  }
  const count = Math.max(...logs.map(({ part }) => part.count));
  const missing: number[] = [];
  const found: VariantEvent[] = [];
  for (let index = 0; index < count; index++) {
    let isWhole = true;
    for (const { name } of variantsOfPart(spec, { index, count })) {
      const own = events.get(name) ?? [];
      const known = session.state.get(name) ?? stateOf(own).get(name);
      isWhole &&= isDone(known, spec);
      found.push(...(await asItIs(own, name, session)));
    }
    if (!isWhole) missing.push(index);
  }
  if (missing.length > 0) {
    const what = missing.length === 1 ? 'part' : 'parts';
    throw new SwizzleError(
      'usage',
      `${session.folder}: ${what} ${partList(missing, count)} ${missing.length === 1 ? 'is' : 'are'} not done`,
      {
        details: { missing: missing.map((index) => index + 1), of: count },
      },
    );
  }
  await session.record(...found);
  await removePartLogs(logs);
}

/**
 * A variant that two processes made may have been deleted by one and not by the other: what is on the disk counts. One that
 * any of them has scored has its score.
 */
async function asItIs(
  events: readonly VariantEvent[],
  variant: string,
  session: SweepSession,
): Promise<VariantEvent[]> {
  const isScored = events.some(({ event }) => event === 'scored');
  const kept = events.filter(({ event }) => event !== 'deleted' && !(isScored && event === 'failed'));
  const isGone = kept.some(({ event }) => event === 'made') && !(await isThere(session.folderOf(variant)));
  return isGone ? [...kept, { event: 'deleted', variant }] : kept;
}

function isDone(variant: VariantState | undefined, { score }: SweepSpec): boolean {
  if (variant === undefined) return false;
  // a row that is not there yet may come at any time
  if (score?.kind === 'file') return true;
  return variant.state === 'failed' || variant.state === (score === undefined ? 'made' : 'scored');
}
