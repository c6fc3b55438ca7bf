import { constants } from 'node:fs';
import { access, lstat, readdir, realpath, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join, parse, relative, resolve, sep } from 'node:path';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import { folderContent, type FolderContent } from './folder-content.ts';
import { isMountPoint, isTransient, type Place } from './paths.ts';
import { deadWorkspaces } from './workspace.ts';

/** Where an output folder will be, as far as that may be said before it is made. */
export interface OutputTarget extends Place {
  /** As the user named it. */
  readonly out: string;
  /** What stands there and will be replaced. */
  readonly replaces: FolderContent | undefined;
}

/** What is asked of an output folder. */
export interface TargetWishes {
  /** Whether the folder of an earlier merge may be replaced. */
  readonly force: boolean;
  /** Folders and files that the merge reads. */
  readonly inputs: readonly string[];
}

/**
 * Finds out whether a folder may be made at OUT. Changes nothing.
 * @throws SwizzleError 'usage' when something is there that may not be replaced, or OUT lies in an input or around it; 'io'
 */
export async function inspectTarget(out: string, { force, inputs }: TargetWishes): Promise<OutputTarget> {
  const named = resolve(out);
  const info = await lookAt(named, out);
  const path = info === undefined ? await withoutLinks(named) : await resolveLink(named, out);
  await Promise.all(inputs.map((input) => refuseInput(out, path, input)));
  if (info === undefined) return { out, path, inside: false, replaces: undefined };
  const { isLink } = info;
  if (!(await stat(path)).isDirectory()) throw usage(`${out}: is a file, expected a folder or nothing`);
  const names = await readdir(path).catch(fail(out));
  if (names.every(isTransient)) return { out, path, inside: await mustStay(path), replaces: undefined };
  const inside = names.some(isTransient) && (await isHalfMoved(path));
  if (inside) return { out, path, inside, replaces: undefined };
  if (!force) throw usage(`${out}: already exists; use --force to replace it`);
  const protectedAs = isLink ? `is a link to ${path}` : await protection(path);
  if (protectedAs !== undefined) throw usage(`${out}: ${protectedAs}, which --force does not replace`);
  const content = await folderContent(path).catch(fail(out));
  refuseStrangers(out, content);
  return { out, path, inside: false, replaces: content };
}

/** Whether an empty folder cannot be replaced by a rename, so that it must be filled where it is. */
async function mustStay(path: string): Promise<boolean> {
  const isWorkingFolder = (await realpath(process.cwd()).catch(() => '')) === path;
  const isFixed = await access(dirname(path), constants.W_OK).then(
    () => false,
    () => true,
  );
  return isWorkingFolder || isFixed || (await isMountPoint(path));
}

/** Whether a run was ended while it moved its files into the folder around it; the next one finishes that. */
async function isHalfMoved(path: string): Promise<boolean> {
  for (const { moving } of await deadWorkspaces({ path, inside: true })) {
    if ((await lstat(moving).catch(() => undefined)) !== undefined) return true;
  }
  return false;
}

async function lookAt(path: string, out: string): Promise<{ isLink: boolean } | undefined> {
  try {
    return { isLink: (await lstat(path)).isSymbolicLink() };
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    if (systemCode(cause) === 'ENOTDIR') throw usage(`${out}: lies in a file, expected a folder`);
    throw new SwizzleError('io', `${out}: ${messageOf(cause)}`, { cause, details: { path: out } });
  }
}

async function resolveLink(path: string, out: string): Promise<string> {
  return realpath(path).catch((cause: unknown) => {
    throw new SwizzleError(
      'usage',
      `${out}: is a symbolic link ${systemCode(cause) === 'ELOOP' ? 'in a loop' : 'to nothing'}, expected a folder or a new name`,
      { cause },
    );
  });
}

/** The path of something that is not there yet, with the links above it followed. */
async function withoutLinks(path: string): Promise<string> {
  const above = dirname(path);
  if (above === path) return path;
  const real = await realpath(above).catch(() => undefined);
  return join(real ?? (await withoutLinks(above)), basename(path));
}

async function refuseInput(out: string, path: string, input: string): Promise<void> {
  const real = await realpath(input).catch(() => resolve(input));
  const fault =
    real === path
      ? 'is the model'
      : isWithin(real, path)
        ? 'holds the model'
        : isWithin(path, real)
          ? 'lies in the model'
          : undefined;
  if (fault !== undefined) throw usage(`${out}: ${fault} ${input} that is read, expected another folder`);
}

function isWithin(inner: string, outer: string): boolean {
  const way = relative(outer, inner);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && resolve(outer, way) === inner;
}

/** Why a folder is never replaced as a whole, whatever is in it. */
async function protection(path: string): Promise<string | undefined> {
  if (path === parse(path).root) return 'is the root of a file system';
  const places: [string, string][] = [
    [process.cwd(), 'the working folder'],
    [homedir(), 'a home'],
    [process.env['HOME'] ?? '', 'a home'],
    [tmpdir(), "the system's temporary folder"],
  ];
  for (const [place, name] of places) {
    const real = place === '' ? undefined : await realpath(place).catch(() => undefined);
    if (real === path) return `is ${name}`;
    if (real !== undefined && isWithin(real, path)) return `holds ${name}`;
  }
  return (await isMountPoint(path)) ? 'is a mount point' : undefined;
}

const SHOWN = 5;

function refuseStrangers(out: string, { isOutput, strangers }: FolderContent): void {
  if (strangers.length === 0) return;
  const shown = strangers.slice(0, SHOWN).map((name) => JSON.stringify(name));
  const more = strangers.length > SHOWN ? ` and ${strangers.length - SHOWN} more` : '';
  const what = isOutput ? 'holds files that no merge has written' : 'is not the folder of a merge';
  throw new SwizzleError('usage', `${out}: ${what}, and --force replaces nothing else: ${shown.join(', ')}${more}`, {
    details: { out, strangers },
  });
}

function usage(message: string): SwizzleError {
  return new SwizzleError('usage', message);
}

function fail(out: string): (cause: unknown) => never {
  return (cause) => {
    throw new SwizzleError('io', `${out}: ${messageOf(cause)}`, { cause, details: { path: out } });
  };
}
