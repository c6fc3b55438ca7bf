import { stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { SwizzleError } from '../../errors.ts';
import { findPath, searchedFolders } from '../../find-path.ts';
import { openRegular } from '../../regular-file.ts';
import { contentPin } from '../../models/open/content-pin.ts';
import { readLocalCheckpoint } from '../../models/checkpoint/files/local.ts';
import { settleForm } from '../../models/checkpoint/forms/settle-form.ts';
import { fileSha256, sha256 } from '../../run/merge/input-facts.ts';
import type { CommandScore, SweepSpec } from '../file/spec.ts';

/** Endings of program text. */
const PROGRAMS = new Set('.py .js .mjs .cjs .ts .sh .bash .rb .pl .r .lua .jl .php'.split(' '));

/** What scores follow from: the settings, the text of the scorer's program, and the data that it reads. */
export async function scorerFacts(
  { score, file }: SweepSpec,
  models: ReadonlySet<string>,
): Promise<Map<string, string>> {
  // how patiently a program is run does not matter
  const settings = score?.kind === 'command' ? { command: score.command } : score;
  const facts = new Map([['scorer settings', sha256(JSON.stringify(settings ?? null))]]);
  switch (score?.kind) {
    case undefined:
    case 'file':
      return facts;
    case 'loss':
      facts.set(`scorer data ${score.data}`, await fileSha256(await findFile(score.data, file)));
      return facts;
    case 'distance':
      for (const name of (score.to ?? []).filter((one) => !models.has(one))) {
        const { sha256: pin, bytes } = await contentPin(
          settleForm(await readLocalCheckpoint(await findFile(name, file))),
          'headers and samples',
        );
        facts.set(`reference ${name}`, `${bytes} bytes, sha256 ${pin}`);
      }
      return facts;
    case 'command':
      for (const path of await programsOf(score, file)) facts.set(`scorer program ${path}`, await fileSha256(path));
      for (const path of score.inputs ?? []) {
        facts.set(`scorer input ${path}`, await fileSha256(await findFile(path, file)));
      }
      return facts;
  }
}

/** Files of program text among a command's words. Other files may be what the program writes. */
async function programsOf({ command }: CommandScore, file: string): Promise<string[]> {
  const found: string[] = [];
  for (const [index, word] of (await findWords(command, file)).entries()) {
    const isPath = index > 0 || word.includes('/');
    if (isPath && !word.includes('{') && (await isProgram(word))) found.push(word);
  }
  return found;
}

async function isProgram(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isFile() !== true) return false;
  return PROGRAMS.has(extname(path).toLowerCase()) || (await beginsWithShebang(path));
}

async function beginsWithShebang(path: string): Promise<boolean> {
  const opened = await openRegular(path).catch(() => undefined);
  if (opened === undefined) return false;
  const { file } = opened;
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer.toString('latin1') === '#!';
  } finally {
    await file.close();
  }
}

/** A file that a sweep file names: in the current folder, or else next to the sweep file. @throws SwizzleError 'usage' */
export async function findFile(path: string, sweepFile: string): Promise<string> {
  const folder = dirname(sweepFile);
  const found = await findPath(path, folder);
  if (found !== undefined) return found;
  throw new SwizzleError('usage', `${path}: no such file${searchedFolders(path, folder)}`, { details: { path } });
}

/** The words of a command that scores: programs and files of its own that are found next to the sweep file only are named there. */
export async function findWords(command: readonly string[], sweepFile: string): Promise<string[]> {
  const found: string[] = [];
  for (const [index, word] of command.entries()) {
    const isPath = !word.startsWith('-') && !word.includes('{') && (index > 0 ? /[./]/ : /\//).test(word);
    found.push((isPath ? await findPath(word, dirname(sweepFile)) : undefined) ?? word);
  }
  return found;
}
