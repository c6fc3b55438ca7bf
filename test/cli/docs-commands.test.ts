import { existsSync, readFileSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import test from 'ava';
import { runInProcess } from '../support/main-in-process.ts';
import { temporaryFolder } from '../support/temporary.ts';

// The commands of README and some pages of docs/, as they are printed there and in that order: later ones use earlier ones' outputs.

/** What a test cannot run, and why. */
const SKIPPED: readonly (readonly [RegExp, string])[] = [
  [/lmcocktail-10\.7b/, 'fetches 40 GB from the Hub'],
  [/^(sweep|cocktail|devices)/, 'test/merge/examples, test/forward/cocktail and test/cli/commands run it'],
  [/^merge examples\/cocktail\.yml/, 'the first command, which CI runs in a fresh clone'],
];

function commandsOf(file: string): { readonly command: string; readonly code: number }[] {
  const lines = readFileSync(file, 'utf8').match(/(?<=^ {4}(?:npm ci && )?npx swizzle ).+$/gm) ?? [];
  return lines.map((line) => {
    const [command = '', comment = ''] = line.split(/ +# /);
    return { command, code: Number(/exit code (\d)/.exec(comment)?.[1] ?? 0) };
  });
}

for (const [file, least] of [
  ['README.md', 11],
  ['docs/FORMATS.md', 11],
  ['docs/FROM-MERGEKIT.md', 2],
] as const) {
  test.serial(`the commands of ${file} run`, async (t) => {
    const folder = await temporaryFolder(t);
    await symlink(resolve('fixtures'), join(folder, 'fixtures'));
    await symlink(resolve('examples'), join(folder, 'examples'));
    await mkdir(join(folder, 'sweeps'));
    const before = process.cwd();
    process.chdir(folder);
    let ran = 0;
    try {
      for (const { command, code } of commandsOf(join(before, file))) {
        const skipped = SKIPPED.find(([pattern]) => pattern.test(command));
        if (skipped !== undefined) {
          t.log(`skipped: ${command}: ${skipped[1]}`);
          continue;
        }
        const computes = /^(merge|convert|loss)/.test(command) && !command.includes('--dry-run');
        const words = [...command.split(/ +/), ...(computes ? ['--device', 'cpu'] : [])];
        const found = await runInProcess(words);
        t.is(found.code, code, `${command}: ${found.text}`);
        const out = words[words.indexOf('-o') + 1];
        if (words.includes('-o') && !command.includes('--dry-run')) t.is(existsSync(String(out)), code === 0, command);
        ran++;
      }
    } finally {
      process.chdir(before);
    }
    t.true(ran >= least, `${ran} commands`);
  });
}
