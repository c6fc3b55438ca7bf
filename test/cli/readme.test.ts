import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import test from 'ava';
import { runInProcess } from '../support/main-in-process.ts';
import { temporaryFolder } from '../support/temporary.ts';

// README's lines on what it takes, as they stand there.

const LINES = readFileSync('README.md', 'utf8')
  .split('\n## ')
  .find((section) => section.startsWith('What it takes\n'))
  ?.match(/(?<=^ {4}npx swizzle ).+$/gm);

for (const line of LINES ?? []) {
  const [command = '', comment = ''] = line.split(/ +# /);
  test.serial(`swizzle ${line}`, async (t) => {
    const out = join(await temporaryFolder(t), 'out');
    const words = command.split(' ');
    t.is(words.at(-2), '-o');
    const paths = words.slice(0, -1).map((word) => (word.startsWith('fixtures/') ? resolve(word) : word));
    const { text, code } = await runInProcess([...paths, out, '--device', 'cpu', '--quiet']);
    t.is(code, Number(comment.match(/\d+/)?.[0] ?? 0), text);
    t.is(existsSync(out), code === 0);
  });
}

test('there are lines', (t) => {
  t.true((LINES?.length ?? 0) > 10);
});
