import { existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { swizzle } from '../support/command.ts';
import { runInProcess } from '../support/main-in-process.ts';
import { sampled } from '../support/sample.ts';
import { temporaryFolder } from '../support/temporary.ts';

// Every malformed file through every command that reads such a file. In one process: `main` is what the command is.

const MALFORMED = 'fixtures/safetensors/malformed';
const BASE = resolve('fixtures/mini-cocktail/base');
const FILES = readdirSync(MALFORMED);

/** One message, and nothing of the program's inside. */
function isRefusal(t: ExecutionContext, args: readonly string[], text: string, code: number | null): void {
  const title = `swizzle ${args.join(' ')}: ${code}: ${text}`;
  t.is(code, 2, title);
  t.is(text.match(/^swizzle: /gm)?.length, 1, title);
  // several things wrong with a recipe: a line each, with its place
  for (const line of text.trimEnd().split('\n').slice(1)) t.regex(line, /^(\S+:\d+: |see swizzle )/, title);
  t.notRegex(
    text,
    /^\s+at |\bnode:|(?:Type|Range|Reference|Syntax|Suppressed|Swizzle)Error|\[object|undefined/m,
    title,
  );
}

/** A model with a malformed file of weights, and a sweep over it. */
async function place(folder: string, name: string): Promise<{ model: string; sweep: string }> {
  const model = join(folder, name.replace(/\..*/, ''));
  await mkdir(model);
  await copyFile(join(MALFORMED, name), join(model, 'model.safetensors'));
  await writeFile(join(model, 'config.json'), '{}');
  const models = `[{ model: ${BASE}, parameters: { weight: 0.5 } }, { model: ${model}, parameters: { weight: $w } }]`;
  const sweep = join(model, 'sweep.yml');
  await writeFile(sweep, `recipe: { merge_method: linear, models: ${models} }\naxes: { w: [0.25, 0.5] }\nkeep: all\n`);
  return { model, sweep };
}

for (const name of sampled(FILES, 4)) {
  test.serial(`${name}: inspect, merge, diff and sweep refuse it with one message`, async (t) => {
    const folder = await temporaryFolder(t);
    const { model, sweep } = await place(folder, name);
    const file = join(MALFORMED, name);
    const out = join(folder, 'out');
    const own = ['-o', out, '--device', 'cpu', '--quiet'];
    for (const args of [
      ['inspect', file],
      ['merge', BASE, model, '--weights', '0.5', '0.5', ...own],
      ['merge', file, ...own],
      ['sweep', sweep, ...own],
      ['sweep', file, ...own],
    ]) {
      const { text, code } = await runInProcess(args);
      isRefusal(t, args, text, code);
      t.false(existsSync(out), args.join(' '));
    }
    // not 1, which says that models differ
    const { text, code } = await runInProcess(['diff', BASE, model]);
    isRefusal(t, ['diff'], text, code);
    t.deepEqual(
      readdirSync(folder).filter((one) => one.includes('swizzle')),
      [],
    );
  });
}

test('the same as a process', async (t) => {
  const args = ['inspect', join(MALFORMED, 'overlap.safetensors')];
  const { code, stdout, stderr } = await swizzle(args);
  isRefusal(t, args, stdout + stderr, code);
  const inProcess = await runInProcess(args);
  t.is(inProcess.text, stdout + stderr);
  t.is(code, inProcess.code);
});
