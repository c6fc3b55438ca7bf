import test from 'ava';
import type { ByteSource } from '../../src/elements/byte-source.ts';
import { prepareModel } from '../../src/models/hub/cache/prepare.ts';
import { openRangeSource, type RangeSource } from '../../src/models/hub/range-source.ts';
import { llamaModel, SHARD_1 } from './models.ts';
import { readTwice } from './server/log.ts';
import { scene, type Scene } from './setup.ts';

const BYTES = Buffer.from(llamaModel('tiny')[SHARD_1] ?? '');

/** The storage's address, not the Hub's that redirects there. */
const CDN = /^\/org\/tiny\/model-00001/;

async function source({ client }: Scene): Promise<RangeSource> {
  const model = await prepareModel(client(), { name: 'org/tiny', revision: undefined });
  const file = model.needed.find(({ path }) => path === SHARD_1);
  if (file === undefined) throw new Error('the shard is not needed');
  return openRangeSource(client(), 'org/tiny', model.commit, file);
}

async function bytesAt(from: ByteSource, begin: number, end: number): Promise<Buffer> {
  const target = new Uint8Array(end - begin);
  await from.read(target, begin);
  return Buffer.from(target);
}

test('a source that a device can read: parts, the whole, nothing', async (t) => {
  const all = await scene(t);
  const shard: ByteSource = await source(all);
  t.is(shard.fd, undefined);
  t.is(shard.label, `org/tiny@${all.commit.slice(0, 8)}/${SHARD_1}`);
  for (const [begin, end] of [
    [0, 8],
    [100, 1000],
    [BYTES.byteLength - 1, BYTES.byteLength],
    [0, BYTES.byteLength],
    [5, 5],
  ] as const) {
    t.true((await bytesAt(shard, begin, end)).equals(BYTES.subarray(begin, end)), `${begin} to ${end}`);
  }
  await t.throwsAsync(bytesAt(shard, 0, BYTES.byteLength + 1), {
    message: new RegExp(`bytes 0 to ${BYTES.byteLength + 1} were asked for, it has ${BYTES.byteLength}$`),
  });
});

test('a range that breaks is taken up where it broke', async (t) => {
  const all = await scene(t);
  const shard = await source(all);
  all.hub.reset();
  all.hub.fail(CDN, { cutAfter: 100 }, 2);
  t.true((await bytesAt(shard, 50, 1050)).equals(BYTES.subarray(50, 1050)));
  const ranges = all.hub.log.filter(({ host }) => host === 'cdn').map(({ range }) => range);
  t.deepEqual(ranges, ['bytes=50-1049', 'bytes=150-1049', 'bytes=250-1049']);
  t.is(readTwice(all.hub.log, 'org/tiny', SHARD_1), undefined);
});

test('a range that never comes, or is another one, is an error', async (t) => {
  const all = await scene(t);
  const shard = await source(all);
  all.hub.fail(CDN, { cutAfter: 0 }, Infinity);
  await t.throwsAsync(bytesAt(shard, 0, 10), { message: /at byte 0, 4 times in a row$/ });
  all.hub.reset();
  const wrong = { status: 206, headers: { 'content-range': 'bytes 5-14/99' } };
  all.hub.fail(CDN, wrong);
  await t.throwsAsync(bytesAt(shard, 0, 10), {
    message: new RegExp(`bytes 0 to 9 of ${BYTES.byteLength} were asked for, the server answered "bytes 5-14/99"$`),
  });
});

test('an abort ends a read', async (t) => {
  const all = await scene(t);
  const shard = await source(all);
  all.hub.fail(/00001-of/, { status: 503, headers: { 'retry-after': '60' } });
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error('stopped')), 50);
  await t.throwsAsync(shard.read(new Uint8Array(10), 0, stop.signal), { message: 'stopped' });
});
