import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import { packageVersion } from '../../package.ts';
import { folderContent } from './folder-content.ts';
import { type Place, workspacePrefix } from './paths.ts';
import { type OutputCalls, SYSTEM_CALLS } from './files.ts';
import { type Owner, parseOwner, stateOfOwner, thisProcess } from './owner.ts';
import { readText } from '../../regular-file.ts';

/**
 * The hidden folder beside OUT that belongs to one run. Everything that the run leaves on the disk before it is complete
 * lies in it, so that a later run knows what it may remove.
 */
export interface Workspace {
  readonly path: string;
  /** The model that is being written. */
  readonly model: string;
  /** The folder that stood at OUT, moved here while the new one takes its place. */
  readonly replaced: string;
  /** A file that says that the model is complete and its files are being moved into OUT, which is around the workspace. */
  readonly moving: string;
}

/** Tells that a folder is a workspace, and whose. Without it nothing is ever removed. */
const MARKER = 'swizzle-partial.json';

function at(path: string): Workspace {
  return { path, model: join(path, 'model'), replaced: join(path, 'replaced'), moving: join(path, 'moving') };
}

/** Makes a workspace for OUT, with a name of its own. @throws SwizzleError 'io' */
export async function makeWorkspace(place: Place, calls: OutputCalls = SYSTEM_CALLS): Promise<Workspace> {
  const workspace = at(workspacePrefix(place) + randomBytes(4).toString('hex'));
  try {
    await calls.mkdir(workspace.path);
    await calls.writeFile(join(workspace.path, MARKER), await markerText(place), { flush: true });
    await calls.mkdir(workspace.model);
  } catch (cause) {
    await removeWorkspace(workspace);
    const { path } = workspace;
    throw new SwizzleError('io', `${path}: cannot be made: ${messageOf(cause)}`, { cause, details: { path } });
  }
  return workspace;
}

async function markerText({ path }: Place): Promise<string> {
  const marker = { what: 'unfinished output of swizzle', version: packageVersion(), out: path };
  return `${JSON.stringify({ ...marker, ...(await thisProcess()) }, undefined, 2)}\n`;
}

/** Takes over a workspace whose run is over. Only for the owner of OUT's lock. @throws SwizzleError 'io' */
export async function adoptWorkspace(workspace: Workspace, place: Place): Promise<Workspace> {
  const path = join(workspace.path, MARKER);
  try {
    await writeFile(`${path}.new`, await markerText(place), { flush: true });
    await rename(`${path}.new`, path);
    await mkdir(workspace.model, { recursive: true });
  } catch (cause) {
    throw new SwizzleError('io', `${path}: cannot be written: ${messageOf(cause)}`, { cause, details: { path } });
  }
  return at(workspace.path);
}

/** Workspaces of OUT whose runs are over. What bears no marker is none. */
export async function deadWorkspaces(place: Place): Promise<Workspace[]> {
  const [folder, prefix] = [dirname(workspacePrefix(place)), basename(workspacePrefix(place))];
  const names = await readdir(folder).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return [];
    throw new SwizzleError('io', `${folder}: ${messageOf(cause)}`, { cause, details: { path: folder } });
  });
  const found: Workspace[] = [];
  for (const name of names.filter((one) => one.startsWith(prefix) && /^[0-9a-f]{8}$/.test(one.slice(prefix.length)))) {
    const workspace = at(join(folder, name));
    const owner = await ownerOf(workspace);
    if (owner === undefined) continue;
    // a run of this very process that has given OUT's lock back is over
    const isOver = owner === 'nobody' || owner.pid === process.pid || (await stateOfOwner(owner)) === 'dead';
    if (isOver) found.push(workspace);
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Outputs in a folder that some workspace there is for. */
export async function abandonedOutputs(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).flatMap(
    (name) => /^\.(.+)\.swizzle-partial-[0-9a-f]{8}$/.exec(name)?.[1] ?? [],
  );
  return [...new Set(names)].map((name) => join(folder, name));
}

/** Undefined: not a workspace. 'nobody': a run was killed before it had written its marker. */
async function ownerOf({ path }: Workspace): Promise<Owner | 'nobody' | undefined> {
  const info = await lstat(path).catch(() => undefined);
  if (info === undefined || !info.isDirectory()) return undefined;
  const text = await readText(join(path, MARKER)).catch(() => '');
  try {
    const owner = parseOwner(JSON.parse(text));
    if (owner !== undefined) return owner;
  } catch {
    // not whole
  }
  const entries = await readdir(path).catch(() => ['unreadable']);
  return text.trim() === '' && entries.every((name) => name === MARKER) ? 'nobody' : undefined;
}

/**
 * Removes a workspace; the marker goes last, so that a removal that was cut short can be gone on with.
 * @returns what could not be removed: the workspace's path and why
 */
export async function removeWorkspace({ path, replaced }: Workspace): Promise<string | undefined> {
  try {
    if (await isChanged(replaced)) return `${replaced}: holds files that no merge has written, and is left here`;
    for (const name of await readdir(path)) {
      if (name !== MARKER) await rm(join(path, name), { recursive: true, force: true });
    }
    await rm(join(path, MARKER), { force: true });
    await rmdir(path);
    return undefined;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    return `${path}: cannot be removed: ${messageOf(cause)}`;
  }
}

/** Whether a folder that was moved aside is not (any more) what a merge has written. */
async function isChanged(replaced: string): Promise<boolean> {
  const content = await folderContent(replaced).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw cause;
  });
  return content !== undefined && content.strangers.length > 0;
}

/** Bytes of the files below a folder; links count for nothing. */
export async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    // what is held, not the length: files are made at full length before they are filled
    const blocks = await lstat(join(entry.parentPath, entry.name)).then(
      (info) => info.blocks,
      () => 0,
    );
    bytes += blocks * 512;
  }
  return bytes;
}
