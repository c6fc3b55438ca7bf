import { mkdir, rmdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, SwizzleError } from '../../errors.ts';
import { ResourceStack } from '../../resource-stack.ts';
import { type Lock, takeLock } from './lock.ts';
import { type OutputNotes, writeManifest } from './manifest.ts';
import { moveInside, type OutputCalls, syncFolder, syncParent, syncTree, SYSTEM_CALLS } from './files.ts';
import { lockOf, type Place } from './paths.ts';
import { isThere, type Leftovers, recover } from './recover.ts';
import { inspectTarget, type TargetWishes } from './target.ts';
import { adoptWorkspace, makeWorkspace, removeWorkspace, type Workspace } from './workspace.ts';

/** A folder that is filled in hiding and appears under its name whole, or not at all. */
export interface OutputDirectory extends AsyncDisposable {
  /** What earlier runs have left of it. */
  readonly unfinished: Leftovers['unfinished'];
  /** Makes a workspace, or takes one over that an earlier run has left. @throws SwizzleError 'io' */
  open(adopted?: Workspace): Promise<Workspace>;
  /** Leaves the workspace where it is when this is disposed of, for a later run to go on with. */
  keep(): void;
  /** Whether the folder has its name. */
  readonly isInPlace: boolean;
  /**
   * Gives the folder its name, after everything in it is on the disk. Without this, disposing removes what was written.
   * @throws SwizzleError 'io', which tells where the finished model is
   */
  publish(notes?: OutputNotes): Promise<void>;
}

export interface OutputWishes extends TargetWishes {
  /** Called with what the user should know. */
  readonly onRemark?: ((text: string) => void) | undefined;
  /** How files are made and written; the system's, but in a test. */
  readonly calls?: OutputCalls | undefined;
}

/**
 * Begins an output folder: takes OUT's lock, and puts right what an earlier run has left half done.
 * @throws SwizzleError 'usage' when another run is at work there, or OUT may not be replaced; 'io'
 */
export async function beginOutput(out: string, wishes: OutputWishes): Promise<OutputDirectory> {
  const place = await inspectTarget(out, wishes);
  const { calls = SYSTEM_CALLS } = wishes;
  const stack = new ResourceStack();
  try {
    stack.use(await makeParents(place.path));
    const lock = stack.use(await takeLock(lockOf(place), out));
    const { unfinished, remarks } = await recover(place);
    for (const remark of remarks) wishes.onRemark?.(remark);
    await inspectTarget(out, wishes);
    let workspace: Workspace | undefined;
    let [kept, isInPlace] = [false, false];
    const remove = async (done: Workspace): Promise<void> => {
      const problem = await removeWorkspace(done);
      if (problem !== undefined) wishes.onRemark?.(problem);
    };
    stack.use({
      async [Symbol.asyncDispose](): Promise<void> {
        if (!kept && workspace !== undefined) await remove(workspace);
      },
    });
    return {
      unfinished,
      get isInPlace(): boolean {
        return isInPlace;
      },
      async open(adopted): Promise<Workspace> {
        workspace = await (adopted === undefined ? makeWorkspace(place, calls) : adoptWorkspace(adopted, place));
        return workspace;
      },
      keep: () => {
        kept = true;
      },
      async publish(notes = {}): Promise<void> {
        if (workspace === undefined)
          throw new SwizzleError('internal', `${out}: was not opened`, { details: { path: out } });
        await writeManifest(workspace.model, notes, calls);
        await syncTree(workspace.model, calls);
        await syncFolder(workspace.path, calls);
        try {
          const replaces = await lastLook(out, lock, wishes);
          await (place.inside ? fill(workspace, place) : moveIntoPlace(workspace, place, replaces, calls));
        } catch (cause) {
          kept = await isThere(workspace.model);
          throw notInPlace(cause, out, workspace);
        }
        isInPlace = true;
        const unflushed = await failureOf(syncNames(workspace, place, calls));
        await remove(workspace);
        for (const left of unfinished) if (left.path !== workspace.path) await remove(left);
        kept = true;
        if (unflushed !== undefined) throw notFlushed(unflushed.error, out);
      },
      [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
    };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

/** Makes the folders above OUT; disposing removes those that were made and are still empty. */
async function makeParents(target: string): Promise<AsyncDisposable> {
  const parent = dirname(target);
  const first = await mkdir(parent, { recursive: true }).catch((cause: unknown) => {
    throw new SwizzleError('io', `${parent}: cannot be made: ${messageOf(cause)}`, {
      cause,
      details: { path: parent },
    });
  });
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      if (first === undefined) return;
      for (let folder = parent; folder.length >= first.length; folder = dirname(folder)) {
        const isEmpty = await rmdir(folder).then(
          () => true,
          () => false,
        );
        if (!isEmpty) return;
      }
    },
  };
}

/** Much may have happened at OUT during the run. */
async function lastLook(out: string, lock: Lock, wishes: TargetWishes): Promise<boolean> {
  if (!(await lock.isHeld()))
    throw new SwizzleError('io', `${out}: the lock that this run held is gone`, { details: { path: out } });
  return (await inspectTarget(out, wishes)).replaces !== undefined;
}

/** Moves the old folder aside and the new one into its place, one rename right after the other (see recover.ts). */
async function moveIntoPlace(
  { model, replaced }: Workspace,
  { path: target }: Place,
  replaces: boolean,
  { rename }: OutputCalls,
): Promise<void> {
  if (replaces) await rename(target, replaced);
  try {
    // over nothing, or over an empty folder; a folder with something in it is left alone by the system
    await rename(model, target);
  } catch (cause) {
    if (replaces) await rename(replaced, target).catch(() => undefined);
    throw cause;
  }
}

/** Brings to the disk that the folder has its name, and is not in the workspace any more. */
async function syncNames({ path }: Workspace, { path: target }: Place, calls: OutputCalls): Promise<void> {
  await syncParent(target, calls);
  await syncFolder(path, calls);
}

function failureOf(work: Promise<void>): Promise<{ readonly error: unknown } | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
}

/** Moves the files of the new model into the folder that is there; see recover.ts for what becomes of a kill in between. */
async function fill({ path, model, moving }: Workspace, { path: target }: Place): Promise<void> {
  await writeFile(moving, '', { flush: true });
  await syncFolder(path);
  await moveInside(model, target);
}

function notInPlace(cause: unknown, out: string, { model }: Workspace): SwizzleError {
  const what = cause instanceof SwizzleError ? cause.message : `${out}: cannot be put in place: ${messageOf(cause)}`;
  const code = cause instanceof SwizzleError ? cause.code : 'io';
  return new SwizzleError(code, `${what}; the finished model is in ${model}`, { cause, details: { path: model } });
}

function notFlushed(cause: unknown, out: string): SwizzleError {
  const message = `${out}: is complete and in its place, but its name may not be on the disk yet: ${messageOf(cause)}`;
  return new SwizzleError('io', message, { cause, details: { path: out } });
}
