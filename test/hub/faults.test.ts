import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { SwizzleError } from '../../src/errors.ts';
import { fileSize, modelCache } from '../../src/models/hub/cache/cache.ts';
import type { HubClient, RetryNotice } from '../../src/models/hub/request/fetch.ts';
import { prepareModel } from '../../src/models/hub/cache/prepare.ts';
import { pullModels } from '../../src/models/hub/pull.ts';
import { readRemoteCheckpoint } from '../../src/models/hub/remote-checkpoint.ts';
import { llamaModel, SHARD_1 } from './models.ts';
import { scene, type Scene } from './setup.ts';

const TINY = { name: 'org/tiny', revision: undefined };
const BYTES = Buffer.from(llamaModel('tiny')[SHARD_1] ?? '');
const SHA256 = createHash('sha256').update(BYTES).digest('hex');
const SHARD = /\/org\/tiny\/model-00001/;

async function pull(client: HubClient): Promise<number> {
  return pullModels(client, [await prepareModel(client, TINY)]);
}

/** What the user reads. */
async function refusal(t: ExecutionContext, work: Promise<unknown>): Promise<string> {
  const error = await t.throwsAsync(work, { instanceOf: SwizzleError });
  return error?.message ?? '';
}

/** Nothing half-written has a final name; returns the bytes of the shard that are kept, undefined for none. */
async function keptBytes(t: ExecutionContext, { settings, commit }: Scene): Promise<number | undefined> {
  const root = join(settings.cache, 'models--org--tiny');
  const linked: string[] = await readdir(join(root, 'snapshots', commit)).catch(() => []);
  t.false(linked.includes(SHARD_1), 'the shard is not taken for whole');
  // other files may have been on their way when the first failure stopped them: they keep their bytes, too
  return fileSize(modelCache(settings.cache, 'org/tiny').partial(SHA256));
}

/** A second try without faults: the file is right, and exactly `missing` of its bytes were asked for. */
async function secondTry(
  t: ExecutionContext,
  { hub, client, commit, settings }: Scene,
  missing: number,
): Promise<void> {
  hub.reset();
  await pull(client());
  const asked = hub.log.flatMap(({ host, file, sent }) =>
    host === 'cdn' && file?.path === SHARD_1 ? [{ ...file, sent }] : [],
  );
  t.deepEqual(
    asked.map(({ begin, end, sent }) => ({ begin, end, sent })),
    [{ begin: BYTES.byteLength - missing, end: BYTES.byteLength, sent: missing }],
  );
  const path = join(settings.cache, 'models--org--tiny/snapshots', commit, SHARD_1);
  t.true((await readFile(path)).equals(BYTES));
}

test('401: no token, a wrong token', async (t) => {
  const { hub, client } = await scene(t);
  const secret = { name: 'org/secret', revision: undefined };
  hub.add(secret.name, llamaModel('secret'));
  const repository = hub.repositories.get(secret.name);
  if (repository !== undefined) repository.private = true;
  t.is(
    await refusal(t, prepareModel(client(), secret)),
    `org/secret: no such model at ${hub.endpoint} (401). If it is private, set HF_TOKEN to a token from ${hub.endpoint}/settings/tokens`,
  );
  const wrong = client({}, { token: 'hf_wrongwrong', tokenFrom: 'HF_TOKEN' });
  t.is(
    await refusal(t, prepareModel(wrong, secret)),
    `org/secret: the Hub refused the token in HF_TOKEN (401: Invalid credentials in Authorization header); make a new one at ${hub.endpoint}/settings/tokens`,
  );
  const right = client({}, { token: 'hf_testtoken', tokenFrom: 'HF_TOKEN' });
  t.deepEqual((await prepareModel(right, secret)).id, secret);
});

test('403: a gated model says where to ask', async (t) => {
  const { hub, client } = await scene(t);
  const repository = hub.repositories.get('org/tiny');
  if (repository !== undefined) repository.gated = true;
  const page = `${hub.endpoint}/org/tiny`;
  t.is(
    await refusal(t, pull(client())),
    `org/tiny is gated (401): ask for access at ${page}, then set HF_TOKEN to a token from ${hub.endpoint}/settings/tokens`,
  );
  const known = client({}, { token: 'hf_testtoken', tokenFrom: '/home/me/token' });
  t.is(
    await refusal(t, pull(known)),
    `org/tiny is gated (403), and the account of the token in /home/me/token has no access: ask for it at ${page}`,
  );
});

test('404: model, revision, file', async (t) => {
  const { hub, client, settings, commit } = await scene(t);
  const own = client({}, { token: 'hf_testtoken', tokenFrom: 'HF_TOKEN' });
  t.is(
    await refusal(t, prepareModel(own, { name: 'org/none', revision: undefined })),
    `org/none: no such model at ${hub.endpoint} (404), or the account of the token in HF_TOKEN cannot see it`,
  );
  t.is(
    await refusal(t, prepareModel(own, { name: 'org/tiny', revision: 'v9' })),
    'org/tiny has no branch, tag or commit "v9" (404)',
  );
  hub.fail(/resolve\/.*00001-of/, {
    status: 404,
    headers: { 'x-error-code': 'EntryNotFound' },
    body: { error: 'Entry not found' },
  });
  t.is(
    await refusal(t, pull(client())),
    `org/tiny: ${SHARD_1}: GET ${settings.endpoint}/org/tiny/resolve/${commit}/${SHARD_1} answered 404: Entry not found`,
  );
});

test('429 with Retry-After is waited for', async (t) => {
  const { hub, client } = await scene(t);
  const notices: RetryNotice[] = [];
  hub.fail(/revision\/main/, { status: 429, headers: { 'retry-after': '1' } });
  const started = performance.now();
  await pull(client({ onRetry: (notice) => notices.push(notice) }));
  t.true(performance.now() - started >= 1000);
  t.deepEqual(notices, [
    { url: `${hub.endpoint}/api/models/org/tiny/revision/main`, reason: 'answered 429', delayMs: 1000 },
  ]);
});

test('500 three times, then fine; 500 for ever', async (t) => {
  const { hub, client } = await scene(t);
  hub.fail(SHARD, { status: 500 }, 3);
  await pull(client());
  t.is(hub.log.filter(({ status, host }) => status === 500 && host === 'cdn').length, 3);
  hub.reset();
  hub.fail(/revision\/main/, { status: 500, body: { error: 'Internal Error - We are working hard' } }, Infinity);
  t.is(
    await refusal(t, pull(client())),
    `GET ${hub.endpoint}/api/models/org/tiny/revision/main answered 500: Internal Error - We are working hard`,
  );
  t.is(hub.log.length, 4, 'as many tries as the policy allows');
});

for (const [name, wrong] of [
  ['connection reset in mid body', { resetAfter: 1000 }],
  ['body cut short', { cutAfter: 1000 }],
] as const) {
  test(`${name}: goes on from there by itself`, async (t) => {
    const all = await scene(t);
    all.hub.fail(SHARD, wrong, 2);
    await pull(all.client());
    const begins = all.hub.log.flatMap(({ host, file }) =>
      host === 'cdn' && file?.path === SHARD_1 ? [file.begin] : [],
    );
    t.deepEqual(begins, [0, 1000, 2000]);
  });

  test(`${name}, for ever: the bytes are kept and a second try fetches the missing ones`, async (t) => {
    const all = await scene(t);
    all.hub.fail(SHARD, wrong, Infinity);
    const once = all.client({ retry: { attempts: 1, firstDelayMs: 1 } });
    t.regex(
      await refusal(t, pull(once)),
      new RegExp(
        `^org/tiny: ${SHARD_1}: .* after 1000 of ${BYTES.byteLength} bytes\\. What is there is kept: run again to go on$`,
      ),
    );
    t.is(await keptBytes(t, all), 1000);
    await secondTry(t, all, BYTES.byteLength - 1000);
  });
}

test('wrong bytes of the right length are thrown away', async (t) => {
  const all = await scene(t);
  all.hub.fail(SHARD, { flipByte: 777 }, Infinity);
  t.regex(
    await refusal(t, pull(all.client())),
    new RegExp(
      `^org/tiny: ${SHARD_1}: the ${BYTES.byteLength} bytes received are not the file: their sha256 is [0-9a-f]{64}, expected [0-9a-f]{64}\\. They were removed; try again$`,
    ),
  );
  t.is(await keptBytes(t, all), undefined);
  await secondTry(t, all, BYTES.byteLength);
});

test('wrong bytes in a small file are found by the sha1 that git gives it', async (t) => {
  const { hub, client } = await scene(t);
  hub.fail(/resolve\/.*\/tokenizer\.json/, { flipByte: 3 });
  t.regex(await refusal(t, pull(client())), /^org\/tiny: tokenizer\.json: .* their git sha1 is [0-9a-f]{40}, expected/);
});

test('a partial file that was damaged meanwhile is fetched anew', async (t) => {
  const all = await scene(t);
  const { hub, client } = all;
  hub.fail(SHARD, { cutAfter: 1000 });
  await refusal(t, pull(client({ retry: { attempts: 1, firstDelayMs: 1 } })));
  await writeFile(modelCache(all.settings.cache, 'org/tiny').partial(SHA256), Buffer.alloc(1000, 7));
  hub.reset();
  await pull(client());
  const begins = hub.log.flatMap(({ host, file }) => (host === 'cdn' && file?.path === SHARD_1 ? [file.begin] : []));
  t.deepEqual(begins, [1000, 0]);
});

test('a redirect loop, and a redirect to nowhere', async (t) => {
  const { hub, client } = await scene(t);
  hub.fail(SHARD, { redirectTo: `${hub.cdn}/org/tiny/${SHARD_1}?X-Signature=signed-secret` }, Infinity);
  const message = await refusal(t, pull(client()));
  t.regex(message, /redirected more than 10 times, a loop$/);
  t.false(message.includes('secret'));
  hub.reset();
  hub.fail(SHARD, { redirectTo: 'file:///etc/passwd' });
  t.regex(await refusal(t, pull(client())), /redirected to file:, which is not http or https$/);
});

test('a range request answered with the whole file begins at the front', async (t) => {
  const all = await scene(t);
  all.hub.fail(SHARD, { cutAfter: 1000 });
  all.hub.fail(SHARD, { ignoreRange: true });
  await pull(all.client());
  const asked = all.hub.log.flatMap(({ host, file, range, status }) =>
    host === 'cdn' && file?.path === SHARD_1 ? [{ range, status, begin: file.begin }] : [],
  );
  t.deepEqual(asked, [
    { range: undefined, status: 200, begin: 0 },
    { range: 'bytes=1000-', status: 200, begin: 0 },
  ]);
});

test('file names that lead out of the folder are refused before anything is written', async (t) => {
  const { hub, client, settings } = await scene(t);
  for (const path of ['../evil.json', 'a/../../evil.json', '/etc/evil.json', 'a\\..\\evil.json', 'C:evil.json']) {
    const name = `org/bad${hub.repositories.size}`;
    hub.add(name, { ...llamaModel('bad'), [path]: '{}' });
    t.is(
      await refusal(t, prepareModel(client(), { name, revision: undefined })),
      `${name}: refused the file name ${JSON.stringify(path)}: it could lead out of the model's folder`,
    );
  }
  t.deepEqual(await readdir(settings.cache), []);
});

test('an index that names a shard outside the folder, or one that is not there', async (t) => {
  const { hub, client } = await scene(t);
  const index = (shard: string): string => JSON.stringify({ weight_map: { 'a.weight': shard } });
  hub.add('org/out', { ...llamaModel('out'), 'model.safetensors.index.json': index('../../other/model.safetensors') });
  t.is(
    await refusal(t, prepareModel(client(), { name: 'org/out', revision: undefined })),
    'org/out: model.safetensors.index.json: tensor "a.weight" is in "../../other/model.safetensors", expected a file name in the same folder',
  );
  hub.add('org/lost', { ...llamaModel('lost'), 'model.safetensors.index.json': index('model-9.safetensors') });
  t.is(
    await refusal(t, prepareModel(client(), { name: 'org/lost', revision: undefined })),
    'org/lost: model.safetensors.index.json names model-9.safetensors, which the model does not have',
  );
});

test('a pickle that is none is refused before anything else is fetched', async (t) => {
  const { hub, settings, client } = await scene(t);
  hub.add('org/old', { 'config.json': '{}', 'pytorch_model.bin': 'pickle' });
  const model = await prepareModel(client(), { name: 'org/old', revision: undefined });
  t.is(
    await refusal(t, readRemoteCheckpoint(client(), model, '{}')),
    `org/old@${model.commit.slice(0, 8)}/pytorch_model.bin: is no file that torch.save wrote`,
  );
  t.deepEqual(await readdir(settings.cache), []);
});

test('nobody there: the connection is refused', async (t) => {
  const { hub, client } = await scene(t);
  await hub[Symbol.asyncDispose]();
  const lost = client({ retry: { attempts: 2, firstDelayMs: 1 } });
  t.is(
    await refusal(t, pull(lost)),
    `${hub.endpoint}/api/models/org/tiny/revision/main: the connection was refused (tried 2 times)`,
  );
});
