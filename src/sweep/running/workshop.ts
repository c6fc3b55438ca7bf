import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SwizzleError } from '../../errors.ts';
import { MAX_CONFIG_BYTES, readText } from '../../regular-file.ts';
import { parseOwner, stateOfOwner, thisProcess } from '../../run/output/owner.ts';

/** Names the process that a workshop belongs to; its time says when that process was last known to run. */
const MARKER = 'swizzle-owner.json';
const BEAT_MS = 5000;
/** A process on another machine that has not touched its marker for so long is gone. */
const GONE_MS = 30_000;

/** A hidden folder in which one process makes and scores variants, where several share a sweep's folder. */
export interface Workshop extends AsyncDisposable {
  readonly path: string;
}

/** Makes a workshop; disposing removes it. @throws SwizzleError 'io' */
export async function openWorkshop(path: string): Promise<Workshop> {
  const marker = join(path, MARKER);
  try {
    await mkdir(path, { recursive: true });
    await writeFile(marker, JSON.stringify(await thisProcess()));
  } catch (cause) {
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
    throw new SwizzleError('io', `${path}: ${messageOf(cause)}`, { cause, details: { path } });
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(marker, now, now).catch(() => undefined);
  }, BEAT_MS).unref();
  return {
    path,
    async [Symbol.asyncDispose](): Promise<void> {
      clearInterval(beat);
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** Removes the workshops in a folder whose processes are gone. */
export async function removeDeadWorkshops(models: string): Promise<void> {
  for (const name of await readdir(models).catch(() => [])) {
    if (!/^\.(part|unit)-/.test(name)) continue;
    const path = join(models, name);
    if (await isDead(path)) await rm(path, { recursive: true, force: true });
  }
}

async function isDead(path: string): Promise<boolean> {
  const marker = join(path, MARKER);
  const text = await readText(marker, MAX_CONFIG_BYTES).catch(() => '');
  const owner = ownerIn(text);
  const state = owner === undefined ? 'elsewhere' : await stateOfOwner(owner);
  if (state !== 'elsewhere') return state === 'dead';
  const info = await stat(marker).catch(() => stat(path).catch(() => undefined));
  return info !== undefined && Date.now() - info.mtimeMs > GONE_MS;
}

function ownerIn(text: string): ReturnType<typeof parseOwner> {
  try {
    return parseOwner(JSON.parse(text));
  } catch {
    return undefined;
  }
}
