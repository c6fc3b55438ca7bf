import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { listSideFiles, type SideFiles } from '../../src/models/checkpoint/files/side-files.ts';
import { temporaryFolder } from '../support/temporary.ts';

async function fill(folder: string, names: readonly string[], text = '{}'): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

async function model(t: ExecutionContext, names: readonly string[]): Promise<string> {
  const folder = join(await temporaryFolder(t), 'model');
  await fill(folder, names);
  return folder;
}

const names = ({ files }: SideFiles): string[] => files.map(({ name }) => name);

const PARTS = [
  '1_Pooling/config.json',
  'LICENSE.txt',
  'added_tokens.json',
  'additional_chat_templates/tool_use.jinja',
  'chat_template.jinja',
  'config.json',
  'config_sentence_transformers.json',
  'generation_config.json',
  'merges.txt',
  'modules.json',
  'preprocessor_config.json',
  'qwen.tiktoken',
  'sentence_bert_config.json',
  'special_tokens_map.json',
  'spiece.model',
  'tokenizer.json',
  'tokenizer_config.json',
  'vocab.json',
  'vocab.txt',
];

test('what a model is made of is known by name; the rest is named once, folders with a slash', async (t) => {
  const trained = ['train_data.jsonl', 'checkpoint-500/optimizer.pt', 'optimizer.pt', 'trainer_state.json', 'train.py'];
  const more = ['args.json', 'runs/events.out', 'all_results.json', '1_Pooling/notes.txt', 'sub/tokenizer.json'];
  const silent = ['README.md', '.gitattributes', 'model.safetensors', 'model.safetensors.index.json'];
  const folder = await model(t, [...PARTS, ...trained, ...more, ...silent]);
  const found = await listSideFiles(folder, new Set(['model.safetensors']));
  t.deepEqual(names(found), PARTS);
  t.deepEqual(found.strangers, [
    '1_Pooling/notes.txt',
    'all_results.json',
    'args.json',
    'checkpoint-500/',
    'optimizer.pt',
    'runs/',
    'sub/',
    'train.py',
    'train_data.jsonl',
    'trainer_state.json',
  ]);
  t.deepEqual(found.refused, []);
});

test('Python files are part of a model whose config names code of its own', async (t) => {
  const folder = await model(t, ['modeling_own.py', 'helper.py']);
  await fill(folder, ['config.json'], '{"auto_map": {"AutoModel": "modeling_own.OwnModel"}}');
  t.deepEqual(names(await listSideFiles(folder)), ['config.json', 'helper.py', 'modeling_own.py']);
});

test('links are followed inside the folder and into the cache of the Hub, nowhere else', async (t) => {
  const folder = await model(t, ['config.json', 'texts/licence']);
  const secret = join(dirname(folder), 'id_rsa');
  const blob = join(dirname(folder), 'hub/models--org--tiny/blobs', 'a'.repeat(40));
  await fill('/', [secret, blob]);
  await symlink(secret, join(folder, 'LICENSE'));
  await symlink('../id_rsa', join(folder, 'NOTICE'));
  await symlink('texts/licence', join(folder, 'COPYING'));
  await symlink(blob, join(folder, 'tokenizer.json'));
  await symlink('nowhere', join(folder, 'vocab.json'));
  await symlink('merges.txt', join(folder, 'merges.txt'));
  await symlink(dirname(blob), join(folder, '1_Pooling'));
  const found = await listSideFiles(folder);
  t.deepEqual(names(found), ['COPYING', 'config.json', 'tokenizer.json']);
  t.deepEqual(
    found.refused.map((line) => line.slice(folder.length + 1).replace(secret, 'SECRET')),
    [
      "LICENSE: is a link to SECRET, not followed: only links inside the model's folder or into the Hub's cache are followed",
      "NOTICE: is a link to SECRET, not followed: only links inside the model's folder or into the Hub's cache are followed",
      'merges.txt: is a link that leads nowhere',
      'vocab.json: is a link that leads nowhere',
    ],
  );
});

test("folders of a router's modules belong to the model where it says that it is one, and look-alikes do not", async (t) => {
  const parts = ['2_Router/query_0_Dense/config.json', '2_Router/router_config.json', 'config.json', 'modules.json'];
  const others = ['2_Router/query_0_Dense/deeper/config.json', 'epoch_1_step/config.json', 'query_0_Dense/config.json'];
  const found = await listSideFiles(await model(t, [...parts, ...others]));
  t.deepEqual(names(found), parts);
  t.deepEqual(found.strangers, ['2_Router/query_0_Dense/deeper/', 'epoch_1_step/', 'query_0_Dense/']);
  const alone = ['document_0_Dense/config.json', 'router_config.json'];
  t.deepEqual(names(await listSideFiles(await model(t, alone))), alone);
});
