import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { recover } from '../../run/output/recover.ts';
import { abandonedOutputs, removeWorkspace } from '../../run/output/workspace.ts';
import { leaderboard, scoreOf } from '../../report/ranking.ts';
import type { SweepSession } from '../log/session.ts';
import type { Objective } from '../file/spec.ts';
import type { SweepState } from '../log/state.ts';

/** Names of the best `keep` variants among those with a score. The best of all are always among the best so far. */
export function bestVariants(state: SweepState, { metric, goal }: Objective, keep: number): string[] {
  return leaderboard([...state.values()], metric, goal)
    .filter((row) => scoreOf(row, metric) !== undefined)
    .slice(0, keep)
    .map(({ variant }) => variant);
}

/** As `deleteOthers`, but looks at nothing where there are no more folders than may stay: for every score of thousands. */
export async function deleteSurplus(session: SweepSession, objective: Objective, keep: number): Promise<void> {
  let [scored, failed] = [0, 0];
  for (const { state, folder } of session.state.values()) {
    if (folder && state === 'scored') scored += 1;
    if (folder && state === 'failed') failed += 1;
  }
  if (scored > keep || failed > 0) await deleteOthers(session, objective, keep);
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
    await takeAway(variant, session);
    if (session.state.get(variant)?.folder === true) await session.record({ event: 'deleted', variant });
  }
}

/** Deletes a variant's folder. Where other processes may look for it, it goes from its place in one step. */
async function takeAway(variant: string, session: SweepSession): Promise<void> {
  let folder = session.folderOf(variant);
  if (session.isShared) {
    await rm(session.roomOf(variant), { recursive: true, force: true });
    const aside = join(session.workshop, `${variant}.gone`);
    const moved = await mkdir(session.workshop, { recursive: true })
      .then(() => rename(folder, aside))
      .then(
        () => true,
        () => false,
      );
    if (moved) folder = aside;
  }
  await rm(folder, { recursive: true, force: true });
}

/** Deletes what killed runs were writing. Only for the owner of the sweep's lock. @returns what the user should know */
export async function deletePartials(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const target of await abandonedOutputs(folder)) {
    const { unfinished, remarks } = await recover({ path: target, inside: false });
    found.push(...remarks);
    for (const workspace of unfinished)
      found.push(...[await removeWorkspace(workspace)].filter((one) => one !== undefined));
  }
  return found;
}
