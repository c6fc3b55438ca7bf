import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

const SWIZZLE = `'${process.execPath}' '${process.cwd()}/dist/cli/bin.cjs'`;
const COCKTAIL = `${SWIZZLE} merge examples/cocktail.yml --device cpu`;

/** Runs a command in bash, its output into a pipe that nobody reads, and reports its exit code. */
function unread(command: string, streams: string): number | null {
  return spawnSync('bash', ['-c', `${command} ${streams} | true; exit \${PIPESTATUS[0]}`]).status;
}

test('a pipe that nobody reads changes neither the run nor its exit code', async (t) => {
  const folder = await temporaryFolder(t);
  for (const [name, streams] of [
    ['both', '2>&1'],
    ['errors', '2>&1 >/dev/null'],
    ['json', '--json'],
  ] as const) {
    const out = join(folder, name);
    t.is(unread(`sleep 0.2; ${COCKTAIL} -o '${out}'`, streams), 0);
    t.true(readdirSync(out).includes('model.safetensors'), name);
    t.is(unread(`${COCKTAIL} -o '${out}'`, streams), 2, `${name}: OUT is there`);
  }
  t.is(unread(`${SWIZZLE} inspect nowhere`, '2>&1'), 2);
  t.is(unread(`${SWIZZLE} inspect fixtures/mini-cocktail/base`, ''), 0);
});

testUnless(existsSync('/dev/full') ? undefined : 'no /dev/full')(
  'standard output on a full disk: one message, exit code 1, and the model is there',
  async (t) => {
    const folder = await temporaryFolder(t);
    const { status, stderr } = spawnSync('bash', ['-c', `${COCKTAIL} -o '${folder}/out' --json --quiet > /dev/full`]);
    t.is(status, 1);
    t.is(stderr.toString(), 'swizzle: standard output: the disk is full\n');
    t.true(readdirSync(join(folder, 'out')).includes('model.safetensors'));
    const refused = spawnSync('bash', ['-c', `${SWIZZLE} inspect nowhere > /dev/full`]);
    t.is(refused.status, 2);
  },
);
