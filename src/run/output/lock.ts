import { randomBytes } from 'node:crypto';
import { readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import { type Owner, parseOwner, stateOfOwner, thisProcess } from './owner.ts';
import { readText } from '../../regular-file.ts';
import { dirname } from 'node:path';

/** A name in the file system that one process holds. Disposing gives it back. */
export interface Lock extends AsyncDisposable {
  /** Whether the lock is still this one's: someone may have removed the file by hand. */
  isHeld(): Promise<boolean>;
}

/** How a lock that is held is waited for. */
export interface LockWishes {
  /** Called once with who holds it. */
  readonly onWait?: ((owner: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const ATTEMPTS = 100;
const WAIT_MS = 100;

/**
 * Takes a lock: a symbolic link whose target tells the owner, since such a link is made in one step with its content (a
 * file where the file system has no links). A dead owner's lock is taken over, no other.
 * @param what what is locked, for messages
 * @param patienceMs how long a living owner is waited for
 * @throws SwizzleError 'usage' with the owner's process id and host; 'io'; the signal's reason when aborted
 */
export async function takeLock(
  path: string,
  what: string,
  patienceMs = 0,
  { onWait, signal }: LockWishes = {},
): Promise<Lock> {
  let told = false;
  const id = randomBytes(8).toString('hex');
  const content = JSON.stringify({ ...(await thisProcess()), id });
  const giveUpAt = performance.now() + patienceMs;
  for (let attempt = 0; attempt < ATTEMPTS;) {
    if (await create(path, content, what)) return held(path, content);
    const found = await read(path);
    if (found === undefined) {
      attempt += 1;
      continue;
    }
    const owner = ownerIn(found);
    if (owner !== undefined && (await stateOfOwner(owner)) === 'dead') {
      await takeAway(path, found, `${path}-${id}`, what);
      attempt += 1;
    } else if (performance.now() < giveUpAt) {
      if (!told) onWait?.(ownerName(owner));
      told = true;
      await sleep(WAIT_MS, undefined, { signal }).catch(() => signal?.throwIfAborted());
    } else throw refusal(path, what, owner);
  }
  throw new SwizzleError('io', `${path}: cannot be taken: others take it again and again`, { details: { path } });
}

/** @throws SwizzleError 'usage' when a lock is held by a living owner; takes nothing */
export async function checkUnlocked(path: string, what: string): Promise<void> {
  const found = await read(path);
  if (found === undefined) return;
  const owner = ownerIn(found);
  if (owner === undefined || (await stateOfOwner(owner)) !== 'dead') throw refusal(path, what, owner);
}

function held(path: string, content: string): Lock {
  const isHeld = async (): Promise<boolean> => (await read(path)) === content;
  return {
    isHeld,
    async [Symbol.asyncDispose](): Promise<void> {
      if (await isHeld()) await rm(path, { force: true });
    },
  };
}

/** @returns false where there is one already */
async function create(path: string, content: string, what: string): Promise<boolean> {
  const make = async (): Promise<void> => {
    try {
      // Windows changes a link's target where it looks like a path, and mostly allows no links
      if (process.platform === 'win32') throw new Error('no links');
      await symlink(content, path);
    } catch (cause) {
      if (systemCode(cause) === 'EEXIST') throw cause;
      await writeFile(path, content, { flag: 'wx' }).catch(async (failure: unknown) => {
        // on a full disk the file may be there, empty, and would lock out everyone
        if (systemCode(failure) !== 'EEXIST') await rm(path, { force: true });
        throw failure;
      });
    }
  };
  try {
    await make();
    return true;
  } catch (cause) {
    if (systemCode(cause) === 'EEXIST') return false;
    // the user knows the folder, not the lock in it
    const message = `${what}: cannot write to ${dirname(path)}: ${messageOf(cause)}`;
    throw new SwizzleError('io', message, { cause, details: { path } });
  }
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    return readText(path).catch(() => '');
  }
}

function ownerIn(content: string): Owner | undefined {
  try {
    return parseOwner(JSON.parse(content));
  } catch {
    return undefined;
  }
}

/** Removes a dead owner's lock. Where another has taken it over since it was read, that one gets it back. */
async function takeAway(path: string, dead: string, aside: string, what: string): Promise<void> {
  try {
    await rename(path, aside);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return;
    throw new SwizzleError('io', `${path}: cannot be taken over: ${messageOf(cause)}`, { cause, details: { path } });
  }
  const taken = await read(aside);
  if (taken !== undefined && taken !== dead) await create(path, taken, what);
  await rm(aside, { force: true });
}

function ownerName(owner: Owner | undefined): string {
  return owner === undefined ? 'another run' : `process ${owner.pid} on ${owner.host}`;
}

function refusal(path: string, what: string, owner: Owner | undefined): SwizzleError {
  return new SwizzleError(
    'usage',
    `${what}: ${ownerName(owner)} is at work there; if that is long over, remove ${path}`,
    {
      details: { path, pid: owner?.pid, host: owner?.host },
    },
  );
}
