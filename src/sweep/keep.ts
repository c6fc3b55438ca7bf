import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { leaderboard, scoreOf } from '../report/order.ts';
import type { SweepSession } from './session.ts';
import type { Objective } from './spec.ts';
import type { SweepState } from './state.ts';

/** Names of the best `keep` variants among those with a score. The best of all are always among the best so far. */
export function bestVariants(state: SweepState, { metric, goal }: Objective, keep: number): string[] {
  return leaderboard([...state.values()], metric, goal)
    .filter((row) => scoreOf(row, metric) !== undefined)
    .slice(0, keep)
    .map(({ variant }) => variant);
}

/** Deletes the folders of variants that are scored, or whose scorer failed, and are not among the best `keep`. */
export async function deleteOthers(session: SweepSession, objective: Objective, keep: number): Promise<void> {
  if (keep === Infinity) return;
  const best = new Set(bestVariants(session.state, objective, keep));
  // chosen before the first wait: who is scored meanwhile may be among the best
  const others = [...session.state.values()].filter(({ variant, state, folder }) => {
    return folder && (state === 'scored' || state === 'failed') && !best.has(variant);
  });
  for (const { variant } of others) {
    await rm(session.folderOf(variant), { recursive: true, force: true });
    if (session.state.get(variant)?.folder === true) await session.record({ event: 'deleted', variant });
  }
}

/** Deletes what a killed run was writing. */
export async function deletePartials(folder: string): Promise<void> {
  const partial = (await readdir(folder)).filter((name) => name.endsWith('.partial'));
  for (const name of partial) await rm(join(folder, name), { recursive: true, force: true });
}
