import { execFileSync } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { checkNesting } from '../../src/nesting.ts';
import { openRegular, readText } from '../../src/regular-file.ts';
import { runInProcess } from '../support/main-in-process.ts';
import { temporaryFolder } from '../support/temporary.ts';

const BASE = 'fixtures/mini-cocktail/base';
const DEEP = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;

/** Files by name, and commands that read them; the file is named in the error. */
const READ: readonly (readonly [file: string, ...args: string[]])[] = [
  ['MODEL/config.json', 'inspect', 'MODEL'],
  ['MODEL/tokenizer.json', 'inspect', 'MODEL'],
  ['MODEL/tokenizer_config.json', 'inspect', 'MODEL'],
  ['MODEL/model.safetensors.index.json', 'inspect', 'MODEL'],
  ['MODEL/modules.json', 'inspect', 'MODEL'],
  ['MODEL/tokenizer.json', 'diff', 'MODEL', 'MODEL'],
  ['MODEL/tokenizer.json', 'loss', 'MODEL', '--data', 'DATA', '--device', 'cpu'],
  ['DATA', 'loss', 'MODEL', '--data', 'DATA', '--device', 'cpu'],
  ['ADAPTER/adapter_config.json', 'merge', 'MODEL+ADAPTER', '-o', 'OUT', '--device', 'cpu'],
  ['LOSSES', 'weights', '--losses', 'LOSSES'],
];

test('pipes, sockets, devices and folders are refused at once, by name, whatever reads them', async (t) => {
  const folder = await temporaryFolder(t);
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await t.throwsAsync(openRegular(pipe), { message: 'is a pipe, expected a file' });
  await t.throwsAsync(readText(folder), { message: 'is a folder, expected a file' });
  await t.throwsAsync(readText('/dev/null'), { message: 'is a device, expected a file' });
  const socket = createServer();
  await new Promise<void>((resolve) => void socket.listen(join(folder, 'socket'), resolve));
  t.teardown(() => socket.close());
  await t.throwsAsync(readText(join(folder, 'socket')), { message: 'is a pipe or a socket, expected a file' });
});

for (const [kind, put, what] of [
  ['a pipe', (path: string) => void execFileSync('mkfifo', [path]), 'is a pipe, expected a file'],
  ['JSON of 100,000 brackets', (path: string) => writeFile(path, DEEP), 'is nested more than 256 levels deep'],
] as const) {
  test.serial(`${kind} in place of a file that a command reads`, async (t) => {
    const folder = await temporaryFolder(t);
    const places: Record<string, string> = {
      MODEL: join(folder, 'model'),
      DATA: join(folder, 'data.jsonl'),
      ADAPTER: join(folder, 'adapter'),
      LOSSES: join(folder, 'losses.txt'),
      OUT: join(folder, 'out'),
    };
    const placed = (word: string): string =>
      word.replaceAll(/MODEL|DATA|ADAPTER|LOSSES|OUT/g, (name) => places[name] ?? '');
    for (const [file, ...args] of READ) {
      for (const name of Object.values(places)) await rm(name, { recursive: true, force: true });
      await cp(BASE, placed('MODEL'), { recursive: true });
      if (file.endsWith('index.json')) await rm(placed('MODEL/model.safetensors'));
      await mkdir(placed('ADAPTER'), { recursive: true });
      await cp(join(BASE, 'model.safetensors'), placed('ADAPTER/adapter_model.safetensors'));
      await writeFile(placed('DATA'), '{"text": "a b"}');
      await rm(placed(file), { force: true });
      await put(placed(file));
      const { text, code } = await runInProcess(args.map(placed));
      const [message = ''] = text.split('\nsee swizzle');
      t.is(code, 2, `${file}: ${text}`);
      t.true(message.includes(placed(file)) && message.trimEnd().endsWith(what), `${file}: ${message.slice(0, 300)}`);
    }
  });
}

test('YAML that is nested too deeply is refused by name, and brackets in texts do not count', async (t) => {
  const recipe = join(await temporaryFolder(t), 'recipe.yml');
  await writeFile(recipe, `a: ${'['.repeat(100_000)}${']'.repeat(100_000)}`);
  const { text } = await runInProcess(['merge', recipe, '-o', 'nowhere/out']);
  t.true(text.startsWith(`swizzle: ${recipe}:1:`) && text.includes(': is nested too deeply'), text);
  t.notThrows(() => checkNesting(JSON.stringify({ a: '['.repeat(1000), b: `"${'{'.repeat(1000)}` })));
  t.notThrows(() => checkNesting(`${JSON.stringify([[[]]])}\n`.repeat(1000)));
  t.throws(() => checkNesting(`${'['.repeat(257)}${']'.repeat(257)}`));
  t.notThrows(() => checkNesting(`${'['.repeat(256)}${']'.repeat(256)}`));
});
