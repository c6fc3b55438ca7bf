import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { runInProcess } from '../support/main-in-process.ts';

// no Hub is asked about what is not on this machine
process.env['HF_HUB_OFFLINE'] = '1';
const FOLDER = 'test/cli/transcripts';

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
