import { readFile, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { prepareModel } from '../../src/models/hub/cache/prepare.ts';
import { pullModels, type PullEvent } from '../../src/models/hub/pull.ts';
import { llamaModel, SHARD_1, SHARD_2 } from './models.ts';
import { sentOf } from './server/log.ts';
import { scene } from './setup.ts';

const TINY = { name: 'org/tiny', revision: undefined };
const NEEDED = [
  'README.md',
  'config.json',
  'generation_config.json',
  SHARD_1,
  SHARD_2,
  'model.safetensors.index.json',
  'tokenizer.json',
  'tokenizer_config.json',
];

test('pull lays the cache out as Python does, with what is needed and no more', async (t) => {
  const { hub, settings, commit, client } = await scene(t);
  const events: PullEvent[] = [];
  const model = await prepareModel(client(), TINY);
  t.deepEqual(
    model.needed.map(({ path }) => path),
    NEEDED,
  );
  const bytes = await pullModels(client(), [model], { onEvent: (event) => events.push(event) });
  const root = join(settings.cache, 'models--org--tiny');
  t.is(await readFile(join(root, 'refs/main'), 'utf8'), commit);
  t.deepEqual((await readdir(join(root, 'snapshots', commit))).sort(), NEEDED);
  const source = llamaModel('tiny');
  for (const path of NEEDED) {
    t.deepEqual(await readFile(join(model.folder, path)), Buffer.from(source[path] ?? ''));
    t.regex(await readlink(join(model.folder, path)), /^\.\.\/\.\.\/blobs\/([0-9a-f]{40}|[0-9a-f]{64})$/);
  }
  t.false((await readdir(join(root, 'blobs'))).some((name) => name.endsWith('.incomplete')));
  const sizes = NEEDED.filter((path) => path !== 'model.safetensors.index.json').map(
    (path) => Buffer.from(source[path] ?? '').byteLength,
  );
  t.is(
    bytes,
    sizes.reduce((a, b) => a + b, 0),
  );
  t.is(events[0]?.kind, 'start');
  t.deepEqual(
    events.flatMap((event) => (event.kind === 'file' ? [event.path] : [])).sort(),
    NEEDED.filter((path) => path !== 'model.safetensors.index.json'),
  );
  t.is(sentOf(hub.log, 'org/tiny', 'pytorch_model.bin'), 0);
});

test('nothing is fetched twice', async (t) => {
  const { hub, client } = await scene(t);
  await pullModels(client(), [await prepareModel(client(), TINY)]);
  hub.reset();
  const again = await prepareModel(client(), TINY);
  t.true(again.needed.every(({ state }) => state === 'linked'));
  t.is(await pullModels(client(), [again]), 0);
  t.deepEqual(
    hub.log.map(({ path }) => path),
    ['/api/models/org/tiny/revision/main', `/api/models/org/tiny/tree/${again.commit}`],
  );
});

test('a new commit fetches only the files that changed', async (t) => {
  const { hub, client, commit } = await scene(t);
  await pullModels(client(), [await prepareModel(client(), TINY)]);
  hub.reset();
  const next = hub.add('org/tiny', { 'config.json': '{"changed": true}' });
  const model = await prepareModel(client(), TINY);
  t.is(model.commit, next);
  await pullModels(client(), [model]);
  t.deepEqual(
    hub.log.filter(({ file }) => file !== undefined).map(({ file }) => file?.path),
    ['config.json'],
  );
  const old = await prepareModel(client(), { name: 'org/tiny', revision: commit });
  t.true(old.needed.every(({ state }) => state === 'linked'));
});

test('branches, tags, commits and pages of the file list', async (t) => {
  const { hub, client, commit } = await scene(t);
  hub.pageSize = 3;
  const branch = hub.add('org/tiny', { ...llamaModel('other'), 'config.json': '{}' }, 'refs/pr/1');
  t.is((await prepareModel(client(), { name: 'org/tiny', revision: 'refs/pr/1' })).commit, branch);
  const model = await prepareModel(client(), { name: 'org/tiny', revision: commit });
  t.is(model.commit, commit);
  t.deepEqual(
    model.needed.map(({ path }) => path),
    NEEDED,
  );
  t.is(hub.log.filter(({ path }) => path.endsWith(`/tree/${commit}`)).length, 4);
});

test('the token goes to the endpoint and not to its storage', async (t) => {
  const { hub, client } = await scene(t);
  const own = client({}, { token: 'hf_testtoken', tokenFrom: 'HF_TOKEN' });
  await pullModels(own, [await prepareModel(own, TINY)]);
  const seen = (host: string): Set<string | undefined> =>
    new Set(hub.log.filter((entry) => entry.host === host).map(({ authorization }) => authorization));
  t.deepEqual(seen('hub'), new Set(['Bearer hf_testtoken']));
  t.deepEqual(seen('cdn'), new Set([undefined]));
});

test('HF_HUB_OFFLINE: the cache is used without a request, or the message says what is missing', async (t) => {
  const { hub, client, settings } = await scene(t);
  const offline = client({}, { offline: true });
  await t.throwsAsync(prepareModel(offline, TINY), {
    message: `org/tiny: is not in the cache ${settings.cache}, and HF_HUB_OFFLINE is set: unset it, or run "swizzle pull org/tiny" with a connection first`,
  });
  const model = await prepareModel(client(), TINY);
  await t.throwsAsync(prepareModel(offline, { name: 'org/tiny', revision: model.commit }), {
    message: /org\/tiny@[0-9a-f]{40}: its copy in the cache lacks config\.json, and HF_HUB_OFFLINE is set/,
  });
  await pullModels(client(), [model]);
  hub.reset();
  const cached = await prepareModel(offline, TINY);
  t.is(cached.folder, model.folder);
  t.is(await pullModels(offline, [cached]), 0);
  await t.throwsAsync(offline.fetch(`${hub.endpoint}/x`), { message: /HF_HUB_OFFLINE is set/ });
  t.is(hub.log.length, 0);
});

test('an aborted pull ends at once, keeps what came, and goes on from there', async (t) => {
  const { hub, client } = await scene(t);
  const stop = new AbortController();
  const model = await prepareModel(client(), TINY);
  hub.fail(/00001-of/, { status: 429, headers: { 'retry-after': '60' } }, 1);
  const started = performance.now();
  const retried = client({ onRetry: () => stop.abort(new Error('stopped by the user')) });
  await t.throwsAsync(pullModels(retried, [model], { signal: stop.signal }), { message: 'stopped by the user' });
  t.true(performance.now() - started < 10_000);
  t.is((await pullModels(client(), [await prepareModel(client(), TINY)])) > 0, true);
});

test('the Hub cannot be reached: the copy in the cache is used after one try, with a line that says so', async (t) => {
  const { hub, client, settings, commit } = await scene(t);
  const fetched = await prepareModel(client(), TINY);
  await pullModels(client(), [fetched]);
  const retries: unknown[] = [];
  const notices: string[] = [];
  const gone = client({
    retry: { attempts: 6, firstDelayMs: 60_000 },
    onRetry: (notice) => retries.push(notice),
    onNotice: (text) => notices.push(text),
  });
  hub.fail(/^\/api\//, { status: 503 }, 1);
  const patient = client({ onNotice: (text) => notices.push(text) });
  t.is((await prepareModel(patient, TINY)).commit, commit);
  t.deepEqual(notices, [], 'an answer that may change is asked for again');
  await hub[Symbol.asyncDispose]();
  const cached = await prepareModel(gone, TINY);
  t.is(cached.folder, fetched.folder);
  t.deepEqual(cached.shards.toSorted(), fetched.shards.filter((name) => name.endsWith('.safetensors')).toSorted());
  t.is(await pullModels(gone, [cached]), 0);
  t.deepEqual(retries, []);
  t.is(notices.length, 1);
  t.regex(notices[0] ?? '', /^org\/tiny: http:\/\/\S+: the connection was refused .*; the copy in the cache is used$/);
  const aside = { ...gone, settings: { ...settings, cache: `${settings.cache}/aside` } };
  t.is((await prepareModel(aside, TINY, settings.cache)).folder, fetched.folder, 'streaming keeps its own aside');
  await t.throwsAsync(prepareModel(client(), { name: 'org/tiny', revision: 'other' }), {
    message: /connection was refused/,
  });
});
