import { lstat, rename } from 'node:fs/promises';
import { messageOf, SwizzleError } from '../../errors.ts';
import { moveInside, syncParent } from './files.ts';
import type { Place } from './paths.ts';
import { bytesBelow, deadWorkspaces, removeWorkspace, type Workspace } from './workspace.ts';

/** What earlier runs have left of OUT. */
export interface Leftovers {
  /** Unfinished; `bytes` on the disk. */
  readonly unfinished: readonly (Workspace & { readonly bytes: number })[];
  /** What was done, or what the user must do. */
  readonly remarks: readonly string[];
}

/**
 * Puts right what runs left that were ended between moving the old folder aside and clearing up. Only the owner of
 * OUT's lock may call this.
 *
 * A run writes `model` in its workspace, moves OUT to `replaced`, moves `model` to OUT, and removes the workspace. So:
 * - no `replaced`: the run was not finished, OUT is untouched;
 * - `replaced` and `model`, no OUT: the new model is complete and on the disk, and takes its place now;
 * - `replaced`, no `model`: the new model is in place, only the old one is still to be removed;
 * - all three: someone else has made OUT since; nothing is touched;
 * - `moving`: OUT is around the workspace, and gets what is left in `model` (see move-inside.ts).
 */
export async function recover(place: Place): Promise<Leftovers> {
  const target = place.path;
  const unfinished: (Workspace & { bytes: number })[] = [];
  const remarks: string[] = [];
  for (const workspace of await deadWorkspaces(place)) {
    const { path, model, replaced, moving } = workspace;
    if (await isThere(moving)) {
      if (await isThere(model)) await moveInside(model, target);
      await removeWorkspace(workspace);
      remarks.push(`${target}: an earlier run was ended while it put this in place; that is done now`);
      continue;
    }
    const [hasNew, hasOld] = [await isThere(model), await isThere(replaced)];
    if (!hasOld) {
      unfinished.push({ ...workspace, bytes: await bytesBelow(path) });
      continue;
    }
    if (hasNew && (await isThere(target))) {
      remarks.push(`${path}: holds a model that an earlier run was about to replace, and the one to replace it with`);
      continue;
    }
    if (hasNew) {
      await putInPlace(model, target);
      remarks.push(`${target}: an earlier run was ended while it put this in place; that is done now`);
    }
    const problem = await removeWorkspace(workspace);
    if (problem !== undefined) remarks.push(problem);
  }
  return { unfinished, remarks };
}

async function putInPlace(model: string, target: string): Promise<void> {
  try {
    await rename(model, target);
    await syncParent(target);
  } catch (cause) {
    throw new SwizzleError('io', `${model}: is complete, but cannot be moved to ${target}: ${messageOf(cause)}`, {
      cause,
      details: { path: target },
    });
  }
}

/** Whether something is at a path, a link that leads nowhere included. */
export async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
