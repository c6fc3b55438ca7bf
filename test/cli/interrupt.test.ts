import { execFile, spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { swizzle } from '../support/command.ts';
import { slowMerge, untilWriting } from '../support/slow-merge.ts';
import { temporaryFolder } from '../support/temporary.ts';

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test(`${signal} stops a merge with exit code ${exitCode} and leaves what --resume goes on with`, async (t) => {
    const folder = await temporaryFolder(t);
    const args = await slowMerge(folder, join(folder, 'out'));
    let sentAt = 0;
    const { code, stderr } = await swizzle(args, {
      onStart: (kill) => {
        void untilWriting(folder).then(() => {
          sentAt = performance.now();
          kill(signal);
        });
      },
    });
    t.is(code, exitCode, stderr);
    t.true(performance.now() - sentAt < 2000);
    t.true(stderr.endsWith(`swizzle: interrupted (${signal})\n`), stderr);
    const left = (await readdir(folder)).filter((name) => name !== 'a' && name !== 'b');
    t.true(
      left.every((name) => name.startsWith('.out.swizzle-partial-')),
      left.join(),
    );
    t.is(stderr.includes('run with --resume to continue'), left.length === 1, stderr);
    const again = await swizzle([...args, '--resume']);
    t.is(again.code, 0, again.stderr);
    t.deepEqual((await readdir(folder)).sort(), ['a', 'b', 'out']);
  });
}

test('a second SIGINT ends a run at once whose clean stop hangs in the system: it dies by the signal, for shells 130', async (t) => {
  const folder = await temporaryFolder(t);
  const args = await slowMerge(folder, join(folder, 'out'));
  const fifo = join(folder, 'fifo');
  await promisify(execFile)('mkfifo', [fifo]);
  const env = {
    NODE_OPTIONS: `--import=${process.cwd()}/build/test/support/at-operation.js`,
    SWIZZLE_TEST_AT: `hang ${fifo}`,
  };
  let [hangs, sentAt] = [false, 0];
  const { code, signal, stderr } = await swizzle(args, {
    env,
    onStart: (kill) => void untilWriting(folder).then(() => kill('SIGINT')),
    onOutput: (text, kill) => {
      if (hangs || !text.includes('hanging')) return;
      hangs = true;
      // the first one alone does not end it
      setTimeout(() => {
        sentAt = performance.now();
        kill('SIGINT');
      }, 500);
    },
  });
  t.true(sentAt > 0, stderr);
  t.true(performance.now() - sentAt < 1000, `${performance.now() - sentAt} ms`);
  t.deepEqual([code, signal], [null, 'SIGINT'], stderr);
  t.false((await readdir(folder)).includes('out'));
  // what it leaves is put right by the next run
  const again = await swizzle([...args, '--resume']);
  t.is(again.code, 0, again.stderr);
  t.deepEqual((await readdir(folder)).sort(), ['a', 'b', 'fifo', 'out']);
});

test('under nohup a closed terminal does not end the run', async (t) => {
  const folder = await temporaryFolder(t);
  const args = await slowMerge(folder, join(folder, 'out'));
  const command = [process.execPath, `${process.cwd()}/dist/cli/bin.cjs`, ...args];
  const shell = spawn('bash', ['-c', `nohup ${command.map((word) => `'${word}'`).join(' ')} & echo $!; wait $!`]);
  const pid = await new Promise<number>((resolve) => {
    shell.stdout.once('data', (text: Buffer) => resolve(Number(text.toString())));
  });
  const ended = new Promise((resolve) => shell.once('close', resolve));
  await untilWriting(folder);
  process.kill(pid, 'SIGHUP');
  t.is(await ended, 0);
  t.true((await readdir(join(folder, 'out'))).includes('model.safetensors'));
});

test('two runs at one OUT: the second is refused with the process and the host of the first, which ends well', async (t) => {
  const folder = await temporaryFolder(t);
  const args = await slowMerge(folder, join(folder, 'out'));
  const first = swizzle(args);
  await untilWriting(folder);
  const others = [[], ['--force'], ['--dry-run']].map((more) => swizzle([...args, ...more]));
  for (const second of await Promise.all(others)) {
    t.is(second.code, 2);
    t.regex(
      second.stderr,
      /out: process \d+ on \S+ is at work there; if that is long over, remove .*\.out\.swizzle-lock\n$/,
    );
  }
  const { code, stderr } = await first;
  t.is(code, 0, stderr);
  t.deepEqual((await readdir(folder)).sort(), ['a', 'b', 'out']);
  t.true((await readdir(join(folder, 'out'))).includes('model.safetensors'));
});

test('started together, one run makes OUT and the other is refused', async (t) => {
  const folder = await temporaryFolder(t);
  const args = await slowMerge(folder, join(folder, 'out'));
  const ends = await Promise.all([swizzle(args), swizzle(args), swizzle(args)]);
  t.deepEqual(ends.map(({ code }) => code).sort(), [0, 2, 2]);
  t.deepEqual((await readdir(folder)).sort(), ['a', 'b', 'out']);
  t.is((await swizzle(['inspect', join(folder, 'out')])).code, 0);
});
