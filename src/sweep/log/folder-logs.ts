import { SwizzleError } from '../../errors.ts';
import { type Part, partName } from '../../plan/part.ts';
import { shellQuote } from '../../shell-quote.ts';
import type { SweepEvent } from './events.ts';
import { differences, keyOf, type SweepIdentity } from './identity.ts';
import { type PartLog, readPartLogs } from './part-logs.ts';
import { readStatusLog, statusFile } from './status-log.ts';

/** What a sweep's folder has recorded of this sweep. */
export interface FolderLogs {
  /** sweep.jsonl. */
  readonly own: readonly SweepEvent[];
  /** Logs of this sweep's parts. */
  readonly parts: readonly PartLog[];
  /** Logs of parts of other sweeps, which are ignored: a line each, with the command that removes it. */
  readonly strangers: readonly string[];
}

/**
 * Reads all logs of a sweep's folder.
 * @throws SwizzleError 'usage' where sweep.jsonl is of another sweep; the message names what differs
 */
export async function readFolderLogs(folder: string, here: SweepIdentity): Promise<FolderLogs> {
  const own = await readStatusLog(statusFile(folder));
  const key = keyOf(here);
  const begun = beginningOf(own);
  if (begun !== undefined && begun.key !== key) {
    throw new SwizzleError(
      'usage',
      `${folder}: contains a different sweep (${differences(begun.identity, here)}); choose an empty folder`,
      { details: { folder } },
    );
  }
  const parts: PartLog[] = [];
  const strangers: string[] = [];
  for (const log of await readPartLogs(folder)) {
    const { path, part, events } = log;
    const start = beginningOf(events);
    if (start === undefined) continue;
    if (start.key === key) parts.push(log);
    else {
      const what = `part ${partName(part)} of a different sweep (${differences(start.identity, here)})`;
      strangers.push(`${path}: ${what}; to remove it: rm ${shellQuote(path)}`);
    }
  }
  return { own, parts, strangers };
}

/**
 * What earlier processes have recorded of a part.
 * @throws SwizzleError 'usage' where the folder contains parts of other sweeps only
 */
export function eventsOfPart({ own, parts, strangers }: FolderLogs, { index, count }: Part): SweepEvent[] {
  const [stranger] = strangers;
  if (stranger !== undefined && parts.length === 0 && own.length === 0) throw new SwizzleError('usage', stranger);
  const same = parts.filter(({ part }) => part.index === index && part.count === count);
  // what was collected before counts too: a part that is run once more finds nothing to do
  return [...own, ...same.flatMap(({ events }) => [...events])];
}

function beginningOf(events: readonly SweepEvent[]): Extract<SweepEvent, { event: 'sweep' }> | undefined {
  return events.find((event) => event.event === 'sweep');
}
