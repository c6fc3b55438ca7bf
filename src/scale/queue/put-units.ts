import type { Queue } from 'bullmq';
import type { Variant } from '../../sweep/axes/variant.ts';
import type { WaveTools } from '../../sweep/running/run-wave.ts';
import { type Unit, unitId } from './unit.ts';
import { KEPT_SECONDS } from './work-store.ts';

/** Units that are put on the queue with one request: thousands at once leave the process 40 MB larger than these do. */
export const BATCH = 100;
/** Variants of a unit whose scorer takes any number at once. */
const MOST_TOGETHER = 8;
/** How often a unit is tried on workers that fail, and the first pause. */
export const ATTEMPTS = 3;
const BACKOFF_MS = 1000;

/** The units that are not done, by name. The same wave is always cut alike. */
export function unitsOf(variants: readonly Variant[], tools: WaveTools, sweep: string): Map<string, Unit> {
  const { session, scorer, passSize, write } = tools;
  const open = new Map<string, Unit>();
  // the fewer, the more workers have some; the more, the less is read
  const size = scorer?.kind === 'group' ? Math.min(MOST_TOGETHER, scorer.size) : passSize;
  for (let at = 0; at < variants.length; at += size) {
    const own = variants.slice(at, at + size);
    const isDone = own.every(({ name }) => {
      const state = session.state.get(name)?.state;
      return state === 'failed' || state === (scorer === undefined ? 'made' : 'scored');
    });
    if (isDone) continue;
    const unit: Unit = { sweep, write, variants: own };
    open.set(unitId(unit), unit);
  }
  return open;
}

/** Puts units on the queue, unless they are there. */
export async function putUnits(queue: Queue, units: readonly Unit[]): Promise<void> {
  await queue.addBulk(
    units.map((unit) => ({
      name: 'unit',
      data: unit,
      opts: {
        jobId: unitId(unit),
        attempts: ATTEMPTS,
        backoff: { type: 'exponential', delay: BACKOFF_MS },
        // taken away when they are written down; what nobody follows goes after a week
        removeOnComplete: { age: KEPT_SECONDS },
        removeOnFail: { age: KEPT_SECONDS },
      },
    })),
  );
}
