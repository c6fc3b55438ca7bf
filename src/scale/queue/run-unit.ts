import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from 'bullmq';
import type { SweepEvent } from '../../sweep/log/events.ts';
import { SweepSession } from '../../sweep/log/session.ts';
import { runWave } from '../../sweep/running/run-wave.ts';
import { openWorkshop } from '../../sweep/running/workshop.ts';
import type { OpenSweeps } from './open-sweeps.ts';
import type { Unit, UnitReport } from './unit.ts';

export interface UnitOptions {
  readonly signal: AbortSignal;
  readonly onRemark?: ((text: string) => void) | undefined;
}

/** Makes and scores a unit's variants. Nothing is left of it where it fails. @throws Refusal; what stops a wave */
export async function runUnit(
  unit: Unit,
  job: Job,
  sweeps: OpenSweeps,
  { signal, onRemark }: UnitOptions,
): Promise<UnitReport> {
  const { sweep, variants, write } = unit;
  const [first] = variants;
  const host = hostname();
  if (first === undefined) return { host, events: [] };
  return sweeps.with(sweep, first, async ({ work, spec, maker, scorer, isShared }) => {
    const folder = isShared ? work.out : await mkdtemp(join(tmpdir(), 'swizzle-unit-'));
    try {
      const events: SweepEvent[] = [];
      const told = (): SweepEvent[] => (isShared ? events : events.filter(({ event }) => event !== 'made'));
      const room = `unit-${job.id}.${host.replaceAll(/[^\w.-]/g, '-')}-${process.pid}`;
      const session = SweepSession.detached(folder, spec, room, (news) => {
        events.push(...news);
        // of one variant all is told at its end; a queue that cannot be reached does not hold up the unit
        if (variants.length > 1) job.updateProgress({ host, events: told() }).catch(() => undefined);
        return Promise.resolve();
      });
      await using _workshop = await openWorkshop(session.workshop);
      const tools = { session, maker, scorer, objective: spec.objective, keep: Infinity, onWarning: onRemark, signal };
      await runWave(variants, { ...tools, write: write && isShared, passSize: variants.length });
      onRemark?.(`${variants.length} of ${work.out}: ${first.name}${variants.length > 1 ? ', …' : ''}`);
      return { host, events: told() };
    } finally {
      // a worker's own folder goes with its unit
      if (!isShared) await rm(folder, { recursive: true, force: true });
    }
  });
}
