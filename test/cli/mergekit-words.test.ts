import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import test from 'ava';
import { mergeCommand } from '../../src/cli/commands/merge.ts';
import { fromMergekit } from '../../src/cli/parser/mergekit-words.ts';
import { runInProcess } from '../support/main-in-process.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { readFileSync } from 'node:fs';

const { options } = mergeCommand();

for (const [typed, words, flags] of [
  ['r.yml out', 'r.yml -o out', []],
  ['--cuda r.yml --lazy-unpickle out', 'r.yml -o out', ['--cuda', '--lazy-unpickle']],
  ['r.yml out --out-shard-size 5B -j 4 --lanes 2', 'r.yml -o out --lanes 2', ['--out-shard-size', '-j']],
  ['r.yml out --out-shard-size=5B --random-seed 3', 'r.yml -o out --random-seed 3', ['--out-shard-size']],
  ['r.yml out --no-copy-tokenizer --no-lazy-unpickle', 'r.yml -o out', ['--no-copy-tokenizer', '--no-lazy-unpickle']],
  ['r.yml out --device cuda:1', 'r.yml -o out', ['--device cuda:1']],
  ['r.yml out --device cpu', 'r.yml -o out --device cpu', []],
  ['- out', '- -o out', []],
  ['--part 1/2 r.yml out', '--part 1/2 r.yml -o out', []],
  ['r.yml --part out', 'r.yml --part -o out', []],
  ['r.yml -o out', 'r.yml -o out', []],
  ['r.yml -oout more', 'r.yml -oout more', []],
  // what is no recipe is no reason to write into the second model's folder
  ['fixtures/mini-cocktail/base fixtures/mini-cocktail/ft-c', undefined, []],
  ['a.safetensors b.safetensors', undefined, []],
  ['a.yml b.yml c', undefined, []],
  ['r.yml out --no-lanes', 'r.yml -o out --no-lanes', []],
] as const) {
  test(`merge ${typed}`, (t) => {
    const found = fromMergekit(typed.split(' '), options);
    t.deepEqual(found.words, (words ?? typed).split(' '));
    t.deepEqual(
      found.remarks.map((remark) =>
        remark
          .split(':')
          .slice(0, flags.some((one) => one.includes('cuda:')) ? 2 : 1)
          .join(':'),
      ),
      flags,
    );
  });
}

test.serial('a recipe from standard input; the output folder without -o', async (t) => {
  const out = join(await temporaryFolder(t), 'out');
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin');
  // a recipe without a folder of its own: its models are looked for in the current one
  const text = readFileSync(resolve('examples/cocktail.yml'), 'utf8').replaceAll('../fixtures/', 'fixtures/');
  Object.defineProperty(process, 'stdin', { configurable: true, value: Readable.from([text]) });
  try {
    const { code, text: said } = await runInProcess(['merge', '-', out, '--device', 'cpu']);
    t.is(code, 0, said);
    t.true(existsSync(join(out, 'model.safetensors')));
  } finally {
    if (stdin) Object.defineProperty(process, 'stdin', stdin);
  }
});
