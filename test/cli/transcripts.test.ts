import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import test from 'ava';
import { runInProcess } from '../support/main-in-process.ts';

// no Hub is asked about what is not on this machine
process.env['HF_HUB_OFFLINE'] = '1';
const FOLDER = resolve('test/cli/transcripts');

// commands run in a folder of their own with what they name: nothing that is in the working folder changes them
const folder = mkdtempSync(join(tmpdir(), 'swizzle-test-'));
for (const name of ['examples', 'fixtures', 'test']) symlinkSync(resolve(name), join(folder, name));
process.chdir(folder);
test.after.always(() => rmSync(folder, { recursive: true }));

// A transcript is what a terminal of 80 columns shows: a command behind "$ ", all that it prints, its exit code where that
// is not 0. UPDATE_TRANSCRIPTS=1 writes them anew: read the difference before it is committed.
for (const name of readdirSync(FOLDER).filter((one) => one.endsWith('.txt'))) {
  test.serial(`transcript ${name}`, async (t) => {
    const path = join(FOLDER, name);
    const text = readFileSync(path, 'utf8');
    const commands = [...text.matchAll(/^\$ swizzle ?(.*)$/gm)].map(([, words = '']) => words);
    t.true(commands.length > 0);
    const shown: string[] = [];
    for (const words of commands) shown.push(await transcript(words));
    if (process.env['UPDATE_TRANSCRIPTS']) writeFileSync(path, shown.join('\n'));
    else t.is(shown.join('\n'), text);
    const tooWide = shown
      .join('\n')
      .split('\n')
      .filter((line) => line.length > 80 && !/^(\$|swizzle:|test\/)/.test(line));
    t.deepEqual(tooWide, []);
  });
}

async function transcript(words: string): Promise<string> {
  const { text, code } = await runInProcess(words.split(' ').filter((word) => word !== ''));
  return `$ swizzle${words === '' ? '' : ` ${words}`}\n${text}${code === 0 ? '' : `[${code}]\n`}`;
}
