import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { parseRetryAfter, retryDelay } from '../../src/models/hub/request/backoff.ts';
import { hubPlaces, readHubSettings } from '../../src/models/hub/request/environment.ts';
import { locateModel, parseModelId } from '../../src/models/hub/model-id.ts';
import { redact, safeUrl } from '../../src/models/hub/request/http-error.ts';

test('places follow the environment as in huggingface_hub', (t) => {
  const plain = hubPlaces({}, '/home/me');
  t.deepEqual(plain, {
    endpoint: 'https://huggingface.co',
    cache: '/home/me/.cache/huggingface/hub',
    token: undefined,
    tokenFile: '/home/me/.cache/huggingface/token',
    offline: false,
  });
  t.is(hubPlaces({ XDG_CACHE_HOME: '/x' }, '/home/me').cache, '/x/huggingface/hub');
  t.is(hubPlaces({ HF_HOME: '~/hf' }, '/home/me').cache, '/home/me/hf/hub');
  t.is(hubPlaces({ HF_HOME: '/hf' }, '/home/me').tokenFile, '/hf/token');
  t.is(hubPlaces({ HF_HOME: '/hf', HF_HUB_CACHE: '/cache' }, '/home/me').cache, '/cache');
  t.is(hubPlaces({ HF_HOME: '/hf', HF_TOKEN_PATH: '/t' }, '/home/me').tokenFile, '/t');
  t.is(hubPlaces({ HF_ENDPOINT: 'http://localhost:8080//' }, '/home/me').endpoint, 'http://localhost:8080');
  t.is(hubPlaces({ HF_TOKEN: ' hf_abc\n' }, '/home/me').token, 'hf_abc');
  t.deepEqual(
    ['1', 'true', 'Yes', 'ON', '0', ''].map((value) => hubPlaces({ HF_HUB_OFFLINE: value }, '/').offline),
    [true, true, true, true, false, false],
  );
  t.throws(() => hubPlaces({ HF_ENDPOINT: 'huggingface.co' }, '/'), {
    message: 'HF_ENDPOINT is "huggingface.co", expected an address such as https://huggingface.co',
  });
});

test('the token file is read where no variable has a token', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'swizzle-token-'));
  t.teardown(() => rm(home, { recursive: true }));
  t.is((await readHubSettings({ HF_HOME: home }, '/')).token, undefined);
  await writeFile(join(home, 'token'), 'hf_fromfile\n');
  const settings = await readHubSettings({ HF_HOME: home }, '/');
  t.is(settings.token, 'hf_fromfile');
  t.is(settings.tokenFrom, join(home, 'token'));
  t.is((await readHubSettings({ HF_HOME: home, HF_TOKEN: 'hf_var' }, '/')).token, 'hf_var');
});

test('model names', (t) => {
  t.deepEqual(parseModelId('upstage/SOLAR-10.7B-Instruct-v1.0'), {
    name: 'upstage/SOLAR-10.7B-Instruct-v1.0',
    revision: undefined,
  });
  t.deepEqual(parseModelId('org/name@refs/pr/1'), { name: 'org/name', revision: 'refs/pr/1' });
  for (const text of [
    'name',
    './a/b',
    '/a/b',
    '../a/b',
    'a/b/c',
    'a/..',
    'a/b--c',
    'a/b@',
    'a/b@..',
    'a/b@/x',
    'a b/c',
    'a/b.git',
    '',
  ]) {
    t.is(parseModelId(text), undefined, text);
  }
});

test('a folder that exists wins over a Hub name', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'swizzle-place-'));
  t.teardown(() => rm(home, { recursive: true }));
  await writeFile(join(home, 'x.safetensors'), '');
  t.deepEqual(await locateModel('x.safetensors', home), { path: join(home, 'x.safetensors') });
  t.deepEqual(await locateModel('org/name', home), { hub: { name: 'org/name', revision: undefined } });
  await t.throwsAsync(locateModel('./org/name', home), {
    message: /^\.\/org\/name: there is no such folder or file \(looked for .*\), and it is not a Hub name/,
  });
});

test('tokens and signatures stay out of messages', (t) => {
  t.is(redact('bad token s3cret and hf_AbCdEfGh123', 's3cret'), 'bad token *** and hf_***');
  t.is(safeUrl('https://me:pw@cdn.example/a/b?X-Amz-Signature=abc#x'), 'https://cdn.example/a/b');
});

test('waits double, are spread, and follow Retry-After', (t) => {
  const policy = { attempts: 5, firstDelayMs: 100 };
  t.deepEqual(
    [0, 1, 2, 20].map((failure) => retryDelay(policy, failure, null, 0.5)),
    [100, 200, 400, 30_000],
  );
  t.is(retryDelay(policy, 0, null, 0), 75);
  t.is(retryDelay(policy, 0, '7'), 7000);
  t.is(retryDelay(policy, 0, '7000'), 300_000);
  t.is(parseRetryAfter('Wed, 21 Oct 2015 07:28:10 GMT', Date.UTC(2015, 9, 21, 7, 28, 0)), 10_000);
  t.is(retryDelay(policy, 1, 'soon', 0.5), 200);
});
