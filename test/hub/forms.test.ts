import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { swizzle } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { startHub } from './server/hub.ts';

const FORMS = join(process.cwd(), 'fixtures/forms');

interface Form {
  readonly label: string;
  /** Files of the repository, by name: where they are on this machine. */
  readonly files: Readonly<Record<string, string>>;
  /** The same model on this machine. */
  readonly local: string;
  /** What it is merged with. */
  readonly other: string;
}

function folderFiles(folder: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, join(folder, name)]));
}

const PICKLED = join(FORMS, 'pickled/models');
const FOUND: readonly Form[] = [
  {
    label: 'pytorch_model.bin',
    files: folderFiles(join(PICKLED, 'a-bin'), ['config.json', 'pytorch_model.bin']),
    local: join(PICKLED, 'a-bin'),
    other: join(PICKLED, 'd'),
  },
  {
    label: 'pytorch_model.bin in shards',
    files: folderFiles(join(PICKLED, 'a-bin-sharded'), [
      'config.json',
      'pytorch_model.bin.index.json',
      'pytorch_model-00001-of-00002.bin',
      'pytorch_model-00002-of-00002.bin',
    ]),
    local: join(PICKLED, 'a-bin-sharded'),
    other: join(PICKLED, 'd'),
  },
  {
    label: 'one GGUF file',
    files: { 'llama-q8_0.gguf': join(FORMS, 'gguf/models/llama-q8_0.gguf') },
    local: join(FORMS, 'gguf/models/llama-q8_0.gguf'),
    other: join(FORMS, 'gguf/models/llama'),
  },
  {
    label: 'a split GGUF file',
    files: folderFiles(
      join(FORMS, 'gguf/models/split'),
      [1, 2, 3, 4].map((part) => `llama-q8_0-0000${part}-of-00004.gguf`),
    ),
    local: join(FORMS, 'gguf/models/llama-q8_0.gguf'),
    other: join(FORMS, 'gguf/models/llama'),
  },
  {
    label: 'an encoder with a router',
    files: folderFiles(join(FORMS, 'encoder/models/router-a'), [
      'config.json',
      'model.safetensors',
      'modules.json',
      'tokenizer.json',
      '2_Router/router_config.json',
      ...['query_0_Dense', 'document_0_Dense'].map((module) => `2_Router/${module}/model.safetensors`),
      ...['query_0_Dense', 'document_0_Dense'].map((module) => `2_Router/${module}/config.json`),
    ]),
    local: join(FORMS, 'encoder/models/router-a'),
    other: join(FORMS, 'encoder/models/router-b'),
  },
];

async function weightsOf(folder: string): Promise<[string, Buffer][]> {
  const all = await readdir(folder, { recursive: true });
  const names = all.filter((name) => name.endsWith('.safetensors')).sort();
  return Promise.all(names.map(async (name): Promise<[string, Buffer]> => [name, await readFile(join(folder, name))]));
}

async function place(t: ExecutionContext, { files }: Form) {
  const hub = await startHub();
  const folder = await mkdtemp(join(tmpdir(), 'swizzle-e2e-'));
  t.teardown(async () => {
    await hub[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  const stored = Object.entries(files).map(async ([name, path]) => [name, await readFile(path)] as const);
  hub.add('org/old', Object.fromEntries(await Promise.all(stored)));
  const env = { HF_ENDPOINT: hub.endpoint, HF_HOME: join(folder, 'hf'), HF_TOKEN: '', HF_HUB_CACHE: '' };
  const merge = (model: string, other: string, out: string, more: readonly string[] = [], offline = '') =>
    swizzle(['merge', model, other, '--weights', '0.5', '0.5', '-o', join(folder, out), '--device', 'cpu', ...more], {
      env: { ...env, HF_HUB_OFFLINE: offline },
    });
  return { hub, folder, merge };
}

async function sameAsLocal(t: ExecutionContext, form: Form): Promise<void> {
  const { hub, folder, merge } = await place(t, form);
  const { other } = form;
  const local = await merge(form.local, other, 'local');
  t.is(local.code, 0, local.stderr);
  const expected = await weightsOf(join(folder, 'local'));
  t.true(expected.length > 0);
  for (const [out, more] of [['streamed', ['--stream']], ['fetched']] as const) {
    const run = await merge('org/old', other, out, more);
    t.is(run.code, 0, run.stderr);
  }
  hub.reset();
  const offline = await merge('org/old', other, 'offline', [], '1');
  t.is(offline.code, 0, offline.stderr);
  t.is(hub.log.length, 0);
  for (const out of ['streamed', 'fetched', 'offline']) t.deepEqual(await weightsOf(join(folder, out)), expected);
}

for (const form of FOUND) {
  test(`${form.label} on the Hub: fetched once, offline and streamed, as the same files on this machine`, (t) =>
    sameAsLocal(t, form));
}

test('modules alone, without weights or a config.json beside them', async (t) => {
  const folder = await temporaryFolder(t);
  const names = ['modules.json', '2_Dense/model.safetensors', '2_Dense/config.json'];
  const [local, other] = [join(folder, 'a'), join(folder, 'b')];
  for (const model of [local, other]) {
    for (const name of names) await cp(join(FORMS, 'encoder/models', basename(model), name), join(model, name));
  }
  await sameAsLocal(t, { label: 'modules alone', files: folderFiles(local, names), local, other });
});

test('several GGUF files, and pickles that no index joins', async (t) => {
  const [form] = FOUND;
  if (form === undefined) return t.fail();
  const { hub, folder, merge } = await place(t, form);
  hub.add('org/many', { 'a-q4.gguf': 'GGUF', 'a-q8.gguf': 'GGUF' });
  const many = await merge('org/many', form.other, 'many');
  t.is(many.code, 2);
  t.regex(many.stderr, /org\/many: has 2 \.gguf files: name one of them/);
  hub.add('org/parts', { 'config.json': '{}', 'pytorch_model-1.bin': 'x', 'pytorch_model-2.bin': 'x' });
  const parts = await merge('org/parts', form.other, 'parts');
  t.regex(
    parts.stderr,
    /org\/parts: has 2 \.bin files but no pytorch_model\.bin\.index\.json that says how they belong/,
  );
  t.deepEqual(
    (await readdir(folder)).filter((name) => name !== 'hf'),
    [],
  );
});
