import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missingScript, writtenToTerminal } from '../support/pseudo-terminal.ts';
import { sweepFolder } from '../support/sweep-folder.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

const onTerminal = testUnless(missingScript);
const BASE = 'fixtures/mini-cocktail/base';
const TUNED = 'fixtures/mini-cocktail/ft-python';

/** Escape sequences that are shown as text, and characters that no command writes on its own. */
const BROKEN = /\\u[0-9a-f]{4}|\\x1b/;

/** All commands that need no network, and what their first line that matters is in a terminal with colors. */
function commandsIn(folder: string, sweep: string): (readonly [args: string[], expected: RegExp, code?: number])[] {
  const green = (text: string): RegExp => new RegExp(`(^|\\n|K)␛\\[32m${text}␛\\[39m`);
  const [out, half, lora, mixed] = ['out', 'half', 'lora', 'mixed'].map((name) => join(folder, name));
  const losses = join(folder, 'losses.json');
  return [
    [['--help'], /^␛\[1mUsage:␛\[22m swizzle/],
    [['merge', 'examples/cocktail.yml', '--device', 'cpu', '-o', out ?? ''], green(`✓ ${out}`)],
    [['merge', 'examples/cocktail.yml', '--device', 'cpu', '-o', out ?? ''], /␛\[31mswizzle:␛\[39m /, 2],
    [['convert', BASE, '--dtype', 'float16', '--device', 'cpu', '-o', half ?? ''], green(`✓ ${half}`)],
    [['verify', out ?? '', '--sample', '2'], green(`${out}: .*`)],
    [['inspect', out ?? ''], /^.*out\n {2}model/],
    [['diff', out ?? '', out ?? ''], green('identical: 39 tensors')],
    [['diff', BASE, TUNED, '--top', '1'], /␛\[31mdifferent: .*␛\[39m/, 1],
    [['extract', BASE, TUNED, '--rank', '1', '-o', lora ?? ''], /lora: rank 1, /],
    [['loss', BASE, '--data', join(folder, 'data.jsonl'), '--device', 'cpu'], /model +loss/],
    [['weights', '--losses', losses], /^merge_method: linear\n/],
    [
      ['cocktail', BASE, TUNED, '--examples', join(folder, 'data.jsonl'), '--device', 'cpu', '-o', mixed ?? ''],
      green(`✓ ${mixed}`),
    ],
    [['sweep', sweep, '-o', join(folder, 'sweep'), '--device', 'cpu'], /leaderboard/],
    [['methods', 'ties'], /^ties: /],
    [['devices'], /cpu/],
    [['completion', 'bash'], /_swizzle swizzle swizzle-merge/],
  ];
}

for (const [columns, env] of [
  [40, { NO_COLOR: '1' }],
  [80, {}],
  [200, {}],
] as const) {
  const colors = 'NO_COLOR' in env ? 'without colors' : 'with colors';
  onTerminal(`what commands write to a terminal of ${columns} columns ${colors}`, async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'losses.json'), '{"a": 1, "b": 2}');
    await writeFile(join(folder, 'data.jsonl'), '{"text": "def f(x):"}');
    const scorer = `console.log(JSON.stringify({ loss: 1 }))`;
    const { file } = await sweepFolder(
      t,
      `axes: { share: [0.25, 0.5] }
score: { command: [${process.execPath}, -e, ${JSON.stringify(scorer)}], concurrency: 2 }
objective: { metric: loss }
`,
    );
    // what differs by width is seen without the commands that compute longest
    const commands = commandsIn(folder, file).filter(
      ([[name = '']]) => columns === 80 || !['extract', 'loss', 'cocktail', 'devices'].includes(name),
    );
    const written = await writtenToTerminal(
      commands.map(([args]) => args),
      columns,
      env,
    );
    for (const [index, [args, expected, code = 0]] of commands.entries()) {
      const { text = '', code: found } = written[index] ?? {};
      const about = `${args.join(' ')}: ${JSON.stringify(text)}`;
      t.is(found, code, about);
      t.notRegex(text, BROKEN, about);
      if (colors === 'with colors') t.regex(text, expected, about);
      else {
        t.notRegex(text, /␛\[[\d;]*m/, about);
        t.regex(text, new RegExp(expected.source.replaceAll(/␛\\\[\d+m/g, '')), about);
      }
      // a line that is rewritten in place is cut to the terminal
      for (const status of text.match(/(?<=\r)[^\r\n]*(?=␛\[K)/g) ?? []) {
        t.true(status.replaceAll(/␛\[\d*m/g, '').length < columns, status);
      }
    }
  });
}

onTerminal('names in a model cannot write to the terminal, in any command', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'data.jsonl'), '{"text": "def f(x):"}');
  const evil = '\u001b[32mgreen\u001b[39m\nforged line\r\u202e';
  const header = JSON.stringify({ [`a.${evil}`]: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } });
  const models = [join(folder, 'one'), join(folder, `two${evil}`)];
  for (const [index, model] of models.entries()) {
    await mkdir(model);
    await writeFile(join(model, 'config.json'), JSON.stringify({ model_type: evil, architectures: [evil] }));
    const length = Buffer.alloc(8);
    const text = index === 0 ? header : header.replace('"a.', '"b.');
    length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
    await writeFile(join(model, 'model.safetensors'), Buffer.concat([length, Buffer.from(text), Buffer.alloc(4)]));
  }
  const [one = '', two = ''] = models;
  const commands = [
    ['inspect', two],
    ['inspect', two, '--tensors'],
    ['inspect', two, '--json'],
    ['diff', one, two],
    ['merge', one, two, '--weights', '0.5,0.5', '--device', 'cpu', '-o', join(folder, 'out')],
    ['merge', two, two, '--weights', '0.5,0.5', '--device', 'cpu', '-o', join(folder, `out${evil}`)],
    ['inspect', join(folder, `none${evil}`)],
    ['extract', one, two, '-o', join(folder, 'lora')],
    ['loss', two, '--data', join(folder, 'data.jsonl')],
  ];
  for (const [index, { text }] of (await writtenToTerminal(commands, 200)).entries()) {
    const about = `${commands[index]?.join(' ')}: ${JSON.stringify(text)}`;
    t.notRegex(text, /␛\[32mgreen|^forged line|\u202e/m, about);
    t.regex(text, /\\u001b\[32mgreen\\u001b\[39m\\(u000a|n)forged line\\(u000d|r)\\u202e/, about);
  }
});
