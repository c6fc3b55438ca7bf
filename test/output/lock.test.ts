import { spawnSync } from 'node:child_process';
import { lstat, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { checkUnlocked, takeLock } from '../../src/run/output/lock.ts';
import { type Owner, stateOfOwner, thisProcess } from '../../src/run/output/owner.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** A process that is over. */
async function deadOwner(): Promise<Owner> {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  return { ...(await thisProcess()), pid };
}

const write = (path: string, owner: Owner): Promise<void> => symlink(JSON.stringify({ ...owner, id: 'x' }), path);

test('a lock is held once, and is gone when it is given back', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  const lock = await takeLock(path, 'out');
  t.true(await lock.isHeld());
  const message = `out: process ${process.pid} on ${hostname()} is at work there; if that is long over, remove ${path}`;
  await t.throwsAsync(takeLock(path, 'out'), { message });
  await t.throwsAsync(checkUnlocked(path, 'out'), { message });
  await lock[Symbol.asyncDispose]();
  await t.throwsAsync(lstat(path), { code: 'ENOENT' });
  await checkUnlocked(path, 'out');
});

test('who was given another lock meanwhile leaves that one alone', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  const lock = await takeLock(path, 'out');
  await rm(path);
  await using other = await takeLock(path, 'out');
  t.false(await lock.isHeld());
  await lock[Symbol.asyncDispose]();
  t.true(await other.isHeld());
});

test("a dead owner's lock is taken over; one of another machine or container is not", async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  const dead = await deadOwner();
  await write(path, dead);
  await checkUnlocked(path, 'out');
  await (await takeLock(path, 'out'))[Symbol.asyncDispose]();
  for (const owner of [
    { ...dead, host: 'elsewhere' },
    { ...dead, namespace: 'pid:[1]' },
  ]) {
    await write(path, owner);
    await t.throwsAsync(takeLock(path, 'out'), { message: new RegExp(`process ${dead.pid} on ${owner.host} is`) });
    await rm(path);
  }
});

test('a process id that another process has now, or had before the last start of the system, is dead', async (t) => {
  const own = await thisProcess();
  t.is(await stateOfOwner(own), 'alive');
  if (own.born === '') return;
  t.is(await stateOfOwner({ ...own, born: `${own.born}1` }), 'dead');
  t.is(await stateOfOwner({ ...own, born: 'another-boot 1' }), 'dead');
});

test('of many that find a dead lock at the same time, one gets it', async (t) => {
  const folder = await temporaryFolder(t);
  const dead = await deadOwner();
  for (let round = 0; round < 30; round++) {
    const path = join(folder, `lock-${round}`);
    await write(path, dead);
    const takers = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(path, 'out')));
    const held: boolean[] = [];
    for (const taker of takers) if (taker.status === 'fulfilled') held.push(await taker.value.isHeld());
    t.is(held.filter(Boolean).length, 1, `round ${round}: ${held.join(' ')}`);
    t.regex(await readlink(path), new RegExp(`"pid":${process.pid},`));
  }
  t.is((await readdir(folder)).length, 30, 'nothing is left beside the locks');
});

test('a lock is waited for', async (t) => {
  const path = join(await temporaryFolder(t), 'lock');
  const lock = await takeLock(path, 'out');
  setTimeout(() => void lock[Symbol.asyncDispose](), 250);
  await using next = await takeLock(path, 'out', 10_000);
  t.true(await next.isHeld());
});
