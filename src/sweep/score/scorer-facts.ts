import { stat } from 'node:fs/promises';
import { dirname, extname, isAbsolute, join } from 'node:path';
import { openRegular } from '../../regular-file.ts';
import { contentPin } from '../../models/open/content-pin.ts';
import { readLocalCheckpoint } from '../../models/checkpoint/files/local.ts';
import { settleForm } from '../../models/checkpoint/forms/settle-form.ts';
import { fileSha256, sha256 } from '../../run/merge/input-facts.ts';
import { isThere } from '../running/variant-maker.ts';
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
          settleForm(await readLocalCheckpoint(name)),
          'headers and samples',
        );
        facts.set(`reference ${name}`, `${bytes} bytes, sha256 ${pin}`);
      }
      return facts;
    case 'command':
      for (const path of await programsOf(score)) facts.set(`scorer program ${path}`, await fileSha256(path));
      for (const path of score.inputs ?? []) {
        facts.set(`scorer input ${path}`, await fileSha256(await findFile(path, file)));
      }
      return facts;
  }
}

/** Files of program text among a command's words. Other files may be what the program writes. */
async function programsOf({ command }: CommandScore): Promise<string[]> {
  const found: string[] = [];
  for (const [index, word] of command.entries()) {
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

/** Relative paths are tried from the working directory, then from the sweep file's. */
export async function findFile(path: string, sweepFile: string): Promise<string> {
  const beside = join(dirname(sweepFile), path);
  return !isAbsolute(path) && !(await isThere(path)) && (await isThere(beside)) ? beside : path;
}
