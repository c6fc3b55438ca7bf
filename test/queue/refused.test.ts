import { execFileSync } from 'node:child_process';
import { cp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { swizzle } from '../support/command.ts';
import { prepareQueued, REST, startWorker, until } from '../support/queue.ts';
import { redisMissing, testRedis } from '../support/redis.ts';
import { tinyModels } from '../support/sweeps.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

const queueTest = testUnless(redisMissing());

queueTest('workers with another model, another version or another scorer change nothing, and are named', async (t) => {
  const redis = await testRedis(t);
  const { folder, out, whole, follow } = await prepareQueued(t, REST);
  // a model of the same size with other values
  const elsewhere = await temporaryFolder(t);
  await tinyModels(elsewhere);
  const path = join(
    elsewhere,
    'c',
    (await readdir(join(elsewhere, 'c'))).find((name) => name.endsWith('.safetensors')) ?? '',
  );
  const bytes = await readFile(path);
  bytes.writeUInt16LE(0x3f80, bytes.length - 64);
  await writeFile(path, bytes);
  // the same program with another version
  const other = await temporaryFolder(t);
  await cp('dist', join(other, 'dist'), { recursive: true });
  const manifest = JSON.parse(await readFile('package.json', 'utf8')) as object;
  await writeFile(join(other, 'package.json'), JSON.stringify({ ...manifest, version: '9.9.9' }));
  await symlink(join(process.cwd(), 'node_modules'), join(other, 'node_modules'));
  const strangers = [
    startWorker(t, redis.url, elsewhere),
    startWorker(t, redis.url, folder, join(other, 'dist/cli/bin.cjs')),
  ];
  const following = follow(redis.url);
  for (const stranger of strangers) await until(t, 'a refusal', () => stranger.output().includes('takes no units'));
  startWorker(t, redis.url, folder);
  const followed = await following;
  t.is(followed.code, 0, followed.stderr);
  t.regex(
    strangers[0]?.output() ?? '',
    /takes no units of this sweep: differs from the sweep that was started: model c differs\n/,
  );
  t.regex(strangers[1]?.output() ?? '', /started: version is 9\.9\.9 here, \d+\.\d+\.\d+ there\n/);
  for (const stranger of strangers) t.is(stranger.output().match(/takes no units/g)?.length, 1);
  t.regex(followed.stderr, /worker .*: takes no units of this sweep: .*model c differs/);
  t.regex(followed.stderr, /worker .*: takes no units of this sweep: .*version is 9\.9\.9 here/);
  t.is(await readFile(join(out, 'leaderboard.csv'), 'utf8'), await readFile(join(whole, 'leaderboard.csv'), 'utf8'));
});

queueTest('a flushed Redis: what it has forgotten is put there again', async (t) => {
  const redis = await testRedis(t);
  const { folder, out, whole, follow } = await prepareQueued(t, REST);
  const following = follow(redis.url);
  const { port, password } = new URL(redis.url);
  const client = ['-p', port, '-a', password, '--no-auth-warning'];
  await until(
    t,
    'units on the queue',
    () =>
      execFileSync('redis-cli', [...client, 'dbsize'])
        .toString()
        .trim() > '1',
  );
  execFileSync('redis-cli', [...client, 'flushall']);
  startWorker(t, redis.url, folder);
  const followed = await following;
  t.is(followed.code, 0, followed.stderr);
  t.is(await readFile(join(out, 'leaderboard.csv'), 'utf8'), await readFile(join(whole, 'leaderboard.csv'), 'utf8'));
});

queueTest('addresses that a Redis refuses end worker and sweep before anything is done', async (t) => {
  const redis = await testRedis(t);
  const { out, follow } = await prepareQueued(t, REST.replace('steps: 3', 'steps: 1'));
  const cases: readonly (readonly [string, RegExp])[] = [
    [redis.url.replace(/0$/, '99'), /: the server has no database of this number/],
    [
      redis.url.replace(/0$/, 'abc'),
      /--queue: expected the number of a database, as in redis:\/\/127\.0\.0\.1:\d+\/0, found abc/,
    ],
    [redis.url.replace('opensesame', 'secret'), /: wrong user or password/],
    [redis.url.replace(':opensesame@', ''), /: the server requires a password/],
  ];
  for (const [url, message] of cases) {
    for (const { code, stderr } of [await swizzle(['worker', '--queue', url]), await follow(url)]) {
      t.is(code, 2, stderr);
      t.regex(stderr, message);
      t.notRegex(stderr, /opensesame|secret|Please report/);
    }
  }
  await t.throwsAsync(readdir(out), { code: 'ENOENT' });
});

test('addresses of no Redis', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const listener = await swizzle(['worker', '--queue', `redis://127.0.0.1:${port}/0`]);
  t.is(listener.code, 2, listener.stderr);
  t.regex(listener.stderr, /redis:\/\/127\.0\.0\.1:\d+\/0: not a Redis server/);
  const { code, stderr } = await swizzle(['worker', '--queue', 'http://secret@host']);
  t.is(code, 2);
  t.regex(stderr, /--queue: expected redis:\/\/host:port\/number/);
  t.false(stderr.includes('secret'));
});
