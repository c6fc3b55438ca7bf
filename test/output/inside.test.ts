import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { swizzle } from '../support/command.ts';
import { cannotMount } from '../support/mount.ts';
import { slowMerge, untilWriting } from '../support/slow-merge.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

const ROOT = process.cwd();
const MODELS = ['base', 'ft-python'].map((name) => `${ROOT}/fixtures/mini-cocktail/${name}`);
const MERGE = [...MODELS, '--weights', '0.5', '0.5', '--device', 'cpu', '--quiet', '-o'];
const HOOK = `--import=${ROOT}/build/test/support/at-operation.js`;
const NAMES = 8;

/** @returns the exit code */
function shell(command: string): number | null {
  return spawnSync('sh', ['-c', command]).status;
}

test('OUT is the empty working folder: it is filled where it is', async (t) => {
  const folder = await temporaryFolder(t);
  const { code, stderr } = await swizzle(['merge', ...MERGE, '.'], { cwd: folder });
  t.is(code, 0, stderr);
  t.is((await readdir(folder)).length, NAMES);
});

test('a kill while files are moved into OUT: the next run goes on', async (t) => {
  const folder = await temporaryFolder(t);
  const seen = new Set<number>();
  let found = 0;
  for (let at = 11; ; at += 4) {
    const env = { NODE_OPTIONS: HOOK, SWIZZLE_TEST_AT: `kill ${at}` };
    const { signal } = await swizzle(['merge', ...MERGE, '.'], { cwd: folder, env });
    if (signal === null) break;
    seen.add((await readdir(folder)).filter((name) => !name.startsWith('.swizzle-')).length);
    const next = await swizzle(['merge', ...MERGE, '.'], { cwd: folder });
    // killed before the model was complete it is made now, killed later it is put in place and found
    t.true(next.code === 0 || /already exists/.test(next.stderr), next.stderr);
    if (next.code === 2) found += 1;
    // killed as its very last step, a run leaves a lock that the next one takes over
    t.is((await readdir(folder)).filter((name) => name !== '.swizzle-lock').length, NAMES);
    t.is((await swizzle(['inspect', folder])).code, 0);
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
  }
  t.true(seen.size >= 3, [...seen].join());
  t.true(found >= 3, `${found} runs found a complete model`);
});

testUnless(cannotMount())(
  'a mount point is filled; a disk that is full ends the run with what is missing',
  async (t) => {
    const folder = await temporaryFolder(t);
    const [mount, out] = [join(folder, 'mount'), join(folder, 'mount', 'out')];
    await mkdir(mount);
    t.is(shell(`mount -t tmpfs -o size=20m tmpfs '${mount}'`), 0);
    t.teardown(() => void shell(`umount -l '${mount}'`));
    t.is((await swizzle(['merge', ...MERGE, mount])).code, 0);
    t.is((await readdir(mount)).length, NAMES);
    const forced = await swizzle(['merge', ...MERGE, mount, '--force']);
    t.regex(forced.stderr, /mount: is a mount point, which --force does not replace\n$/);
    for (const name of await readdir(mount)) await rm(join(mount, name));

    const args = await slowMerge(folder, out);
    const tooSmall = await swizzle([...args.slice(0, args.indexOf('-o')), '-o', out, '--dry-run', '--device', 'cpu']);
    t.is(tooSmall.code, 0, '16 MiB fit');
    const { code, stderr } = await swizzle(args, {
      onStart: () => {
        void untilWriting(mount).then(() => shell(`fallocate -l 8m '${join(mount, 'other')}'`));
      },
    });
    t.is(code, 1);
    t.regex(stderr, /^swizzle: .*model\.safetensors: writing at byte \d+: the disk is full/m);
    const before = await swizzle([...args, '--dry-run']);
    t.is(before.code, 1);
    t.regex(before.stderr, /out: needs \d+ bytes, only \d+ are free on that disk\n$/);
  },
);

test('an input that is written over, cut short or removed during the run ends it, and names it', async (t) => {
  const folder = await temporaryFolder(t);
  const changes: [how: string, message: RegExp][] = [
    [
      'dd if=/dev/zero of=FILE bs=1 count=64 seek=8000000 conv=notrunc status=none',
      /was written to at|expected \d+ bytes/,
    ],
    ['truncate -s 9000000 FILE', /expected \d+ bytes at byte|had \d+ bytes at the start/],
    ['rm FILE', /is gone, while it was being read/],
  ];
  for (const [how, message] of changes) {
    const args = await slowMerge(folder, join(folder, 'out'));
    const file = join(folder, 'b', 'model.safetensors');
    const { code, stderr } = await swizzle(args, {
      onStart: () => {
        void untilWriting(folder).then(() => shell(how.replace('FILE', `'${file}'`)));
      },
    });
    t.is(code, 1, how);
    t.regex(stderr, message);
    t.true(stderr.includes(file), stderr);
    t.deepEqual((await readdir(folder)).sort(), ['a', 'b']);
  }
});

test('pipes, devices and folders in place of files are refused at once', async (t) => {
  const folder = await temporaryFolder(t);
  const pipe = join(folder, 'pipe.safetensors');
  t.is(shell(`mkfifo '${pipe}' '${join(folder, 'recipe.yml')}'`), 0);
  const out = ['-o', join(folder, 'out'), '--device', 'cpu'];
  t.regex((await swizzle(['inspect', pipe])).stderr, /pipe\.safetensors: is a pipe, expected a file\n$/);
  t.regex(
    (await swizzle(['merge', join(folder, 'recipe.yml'), ...out])).stderr,
    /recipe\.yml: is a pipe, expected a file/,
  );
  for (const name of ['config.json', 'model.safetensors.index.json', 'model.safetensors']) {
    const model = join(folder, name);
    await mkdir(model);
    if (name === 'config.json') {
      await symlink(`${ROOT}/fixtures/mini-cocktail/base/model.safetensors`, join(model, 'model.safetensors'));
    }
    t.is(shell(`mkfifo '${join(model, name)}'`), 0);
    const { code, stderr } = await swizzle(['inspect', model]);
    t.is(code, 2);
    t.true(stderr.endsWith(`${name}: is a pipe, expected a file\n`), stderr);
  }
});

test('what is written into --profile is tried before the run', async (t) => {
  const folder = await temporaryFolder(t);
  const { code, stderr } = await swizzle([
    'merge',
    ...MERGE,
    join(folder, 'out'),
    '--profile',
    join(folder, 'no/file'),
  ]);
  t.is(code, 2);
  t.regex(stderr, /^swizzle: --profile: no such file or directory/);
  t.deepEqual(await readdir(folder), []);
});

test('an option that is given twice is wrong use', async (t) => {
  const folder = await temporaryFolder(t);
  for (const [more, name] of [
    [['-o', join(folder, 'x')], '-o'],
    [['--device', 'cpu'], '--device'],
  ] as const) {
    const { code, stderr } = await swizzle(['merge', ...MERGE, join(folder, 'out'), ...more]);
    t.is(code, 2);
    t.true(stderr.startsWith('swizzle: -') && stderr.includes(`is given 2 times, expected once`), `${name}: ${stderr}`);
  }
  t.deepEqual(await readdir(folder), []);
});

test('control characters of names are printed as text', async (t) => {
  const folder = join(await temporaryFolder(t), 'a\u001b[31mb\u202ec');
  const { stderr } = await swizzle(['inspect', folder]);
  t.true(stderr.endsWith('a\\u001b[31mb\\u202ec: no such file or folder\n'), JSON.stringify(stderr));
  t.is((await readFile('src/escape-text.ts', 'utf8')).includes('\u001b'), false);
});
