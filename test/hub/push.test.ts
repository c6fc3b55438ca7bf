import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { SwizzleError } from '../../src/errors.ts';
import type { HubClient } from '../../src/models/hub/request/fetch.ts';
import { checkPushTarget, pushFolder, type PushEvent, type PushOptions } from '../../src/models/hub/push.ts';
import { llamaModel, SHARD_1, SHARD_2 } from './models.ts';
import { scene } from './setup.ts';

const POOLING: Readonly<Record<string, string>> = { '1_Pooling/config.json': '{"pooling_mode_cls_token": true}' };
const FILES = Object.fromEntries(
  Object.entries({ ...llamaModel('pushed'), ...POOLING }).filter(
    ([path]) => path !== '.gitattributes' && path !== 'pytorch_model.bin',
  ),
);

async function folderOf(t: ExecutionContext, files: Readonly<Record<string, Buffer | string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'swizzle-push-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

const WRITER = { token: 'hf_testtoken', tokenFrom: 'HF_TOKEN' };

async function push(client: HubClient, folder: string, name: string, options: PushOptions = {}): Promise<string> {
  return (await pushFolder(client, folder, await checkPushTarget(client, name), options)).commit;
}

test('push makes a private repository and commits every file as it is', async (t) => {
  const { hub, client } = await scene(t);
  const folder = await folderOf(t, FILES);
  const events: PushEvent[] = [];
  const options = { private: true, message: 'a cocktail', onEvent: (event: PushEvent) => events.push(event) };
  const commit = await push(client({}, WRITER), folder, 'me/cocktail', options);
  const repository = hub.repositories.get('me/cocktail');
  t.is(repository?.refs.get('main'), commit);
  t.true(repository?.private);
  t.is(repository?.messages.at(-1), 'a cocktail');
  const stored = repository?.commits.get(commit);
  t.deepEqual([...(stored?.keys() ?? [])].sort(), ['.gitattributes', ...Object.keys(FILES)].sort());
  for (const [path, content] of Object.entries(FILES)) {
    t.true(stored?.get(path)?.bytes.equals(Buffer.from(content)), path);
  }
  const { length } = Buffer.from(FILES[SHARD_1] ?? '');
  t.deepEqual(
    events.findLast((event) => event.kind === 'progress' && event.path === SHARD_1),
    { kind: 'progress', path: SHARD_1, doing: 'uploading', done: length, size: length },
  );
});

test('files go up in parts, each byte once, with progress', async (t) => {
  const { hub, client } = await scene(t);
  hub.partSize = 1000;
  const folder = await folderOf(t, FILES);
  const shares: number[] = [];
  await push(client({}, WRITER), folder, 'me/parts', {
    onEvent: (event) => {
      if (event.kind === 'progress' && event.path === SHARD_2 && event.doing === 'uploading') shares.push(event.done);
    },
  });
  const received = hub.log.filter(({ method }) => method === 'PUT').reduce((sum, entry) => sum + entry.received, 0);
  t.is(received, Buffer.from(FILES[SHARD_1] ?? '').length + Buffer.from(FILES[SHARD_2] ?? '').length);
  t.true(shares.length > 5);
  t.deepEqual(
    shares,
    shares.toSorted((a, b) => a - b),
  );
});

test('a push that failed goes on with the files that are missing', async (t) => {
  const { hub, client } = await scene(t);
  const folder = await folderOf(t, FILES);
  hub.fail(/\/commit\/main/, { status: 500, body: { error: 'down' } }, Infinity);
  await t.throwsAsync(push(client({}, WRITER), folder, 'me/again'), {
    instanceOf: SwizzleError,
    message: `pushing to me/again: POST ${hub.endpoint}/api/models/me/again/commit/main answered 500: down`,
  });
  t.is(hub.log.filter(({ method }) => method === 'PUT').length, 2);
  hub.reset();
  const commit = await push(client({}, WRITER), folder, 'me/again');
  t.is(hub.log.filter(({ method }) => method === 'PUT').length, 0, 'what is there is not sent again');
  t.true(hub.repositories.get('me/again')?.commits.get(commit)?.has(SHARD_1));
});

test('an upload that breaks is tried again', async (t) => {
  const { hub, client } = await scene(t);
  const folder = await folderOf(t, FILES);
  hub.fail(/^\/lfs\//, { status: 503 }, 2, 'PUT');
  const commit = await push(client({}, WRITER), folder, 'me/retry');
  t.true(hub.repositories.get('me/retry')?.commits.get(commit)?.has(SHARD_2));
});

test('a branch is made, and a second push there changes only it', async (t) => {
  const { hub, client } = await scene(t);
  const folder = await folderOf(t, FILES);
  const main = await push(client({}, WRITER), folder, 'me/branch');
  await writeFile(join(folder, 'config.json'), '{"changed": true}');
  const side = await push(client({}, WRITER), folder, 'me/branch', { revision: 'half' });
  const repository = hub.repositories.get('me/branch');
  t.is(repository?.refs.get('main'), main);
  t.is(repository?.refs.get('half'), side);
  t.is(repository?.commits.get(side)?.get('config.json')?.bytes.toString(), '{"changed": true}');
});

test('a folder that is not complete is refused before anything is sent', async (t) => {
  const { hub, client } = await scene(t);
  const whole = await folderOf(t, FILES);
  const broken = async (change: (folder: string) => Promise<unknown>, message: RegExp): Promise<void> => {
    const folder = await folderOf(t, {});
    await cp(whole, folder, { recursive: true });
    await change(folder);
    await t.throwsAsync(push(client({}, WRITER), folder, 'me/broken'), { message });
  };
  await broken((folder) => rm(join(folder, SHARD_2)), new RegExp(`${SHARD_2}: no such file`));
  await broken((folder) => rm(join(folder, 'config.json')), /has no config\.json, so it is not a complete model$/);
  await broken((folder) => writeFile(join(folder, 'config.json'), '{'), /config\.json: is not JSON/);
  await broken((folder) => writeFile(join(folder, SHARD_1), 'short'), new RegExp(SHARD_1));
  await broken(
    (folder) => writeFile(join(folder, SHARD_1), Buffer.from(FILES[SHARD_1] ?? '').subarray(0, -1)),
    new RegExp(`${SHARD_1}: .* cut short or wrong`),
  );
  await broken((folder) => writeFile(join(folder, 'extra.safetensors'), 'x'), /extra\.safetensors: is not named by/);
  await broken((folder) => writeFile(join(folder, 'x.incomplete'), 'x'), /x\.incomplete: is half-written/);
  t.false(hub.repositories.has('me/broken'));
});

test('no token, a wrong one, one that may only read', async (t) => {
  const { hub, client } = await scene(t);
  hub.tokens.set('hf_readonly', 'reader');
  const target = (token: string | undefined): Promise<unknown> =>
    checkPushTarget(client({}, { token, tokenFrom: 'HF_TOKEN' }), 'me/model');
  const tokens = `${hub.endpoint}/settings/tokens`;
  await t.throwsAsync(target(undefined), {
    message: `pushing to me/model needs a token: set HF_TOKEN to one with write access from ${tokens}`,
  });
  await t.throwsAsync(target('hf_wrongwrong'), {
    message: `me/model: the Hub does not let the token in HF_TOKEN write there (401: Invalid credentials in Authorization header); make one with write access at ${tokens}`,
  });
  await t.throwsAsync(target('hf_readonly'), {
    message: `the token in HF_TOKEN may only read: make one with write access at ${tokens}`,
  });
  await t.throwsAsync(checkPushTarget(client({}, WRITER), 'me/model@x'), {
    message: '"me/model@x": expected a Hub name like org/name to push to (a branch is given by --revision)',
  });
});
