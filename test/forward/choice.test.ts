import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { measureLosses } from '../../src/commands/loss.ts';
import { choiceRequests } from '../../src/forward/examples/choice.ts';
import { readExamples } from '../../src/forward/examples/read.ts';
import { openTokenizer } from '../../src/forward/examples/tokenizer.ts';
import { programOf } from '../../src/forward/programs/registry.ts';
import { readLocalCheckpoint } from '../../src/models/checkpoint/files/local.ts';
import { swizzle } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary.ts';

const ITEMS = 'fixtures/choice/items.jsonl';
const MODELS = ['base', 'ft-c'];
const METRICS = ['acc', 'acc_norm', 'acc_bytes'] as const;
const ERRORS = ['acc_stderr', 'acc_norm_stderr', 'acc_bytes_stderr'] as const;

type Group = Readonly<Record<(typeof METRICS)[number] | (typeof ERRORS)[number] | 'n', number>>;

interface Expected {
  readonly encoding: readonly {
    readonly context_ids: readonly number[] | readonly (readonly number[])[];
    readonly continuation_ids: readonly (readonly number[])[];
  }[];
  readonly models: Readonly<
    Record<
      string,
      {
        readonly items: readonly { readonly sums: readonly number[]; readonly tokens: readonly number[] }[];
        readonly groups: Readonly<Record<string, Group>>;
      }
    >
  >;
}

async function temporaryFile(t: ExecutionContext, name: string, text: string): Promise<string> {
  const path = join(await temporaryFolder(t), name);
  await writeFile(path, text);
  return path;
}

const expected = JSON.parse(readFileSync('fixtures/choice/expected.json', 'utf8')) as Expected;

test('context and choices are tokenized as lm-evaluation-harness does', async (t) => {
  const { examples } = await readExamples(ITEMS);
  const { label, folder, config, tensors } = await readLocalCheckpoint('fixtures/mini-cocktail/base');
  const program = programOf(label, config, (name) => tensors.has(name));
  const tokenizer = await openTokenizer(label, folder);
  t.is(examples.length, expected.encoding.length);
  for (const [index, example] of examples.entries()) {
    if (example.kind !== 'choice') return t.fail();
    const requests = choiceRequests(example, tokenizer, program, 512);
    const wanted = expected.encoding[index];
    t.deepEqual(
      requests.map(({ sequence }) => sequence.targets),
      wanted?.continuation_ids,
      `item ${index}`,
    );
    for (const [choice, { sequence }] of requests.entries()) {
      const own = wanted?.context_ids[choice];
      const context = Array.isArray(own) ? own : ((wanted?.context_ids ?? []) as readonly number[]);
      t.deepEqual(
        sequence.tokens,
        [...context, ...sequence.targets].slice(-513, -1),
        `item ${index}, choice ${choice}`,
      );
    }
  }
  return undefined;
});

test('log-likelihoods and accuracies are those of lm-evaluation-harness', async (t) => {
  const report = await measureLosses(
    MODELS.map((model) => `fixtures/mini-cocktail/${model}`),
    ITEMS,
    { device: 'cpu' },
  );
  for (const [index, model] of MODELS.entries()) {
    const { choice, groups } = report.models[index] ?? {};
    const wanted = expected.models[model];
    if (choice === undefined || wanted === undefined) return t.fail();
    for (const [item, { sums, tokens }] of wanted.items.entries()) {
      for (const [at, sum] of sums.entries()) {
        const bound = (tokens[at] ?? 0) * (item === 36 ? 2e-4 : 1e-4);
        const found = choice.items[item]?.sums[at] ?? Number.NaN;
        t.true(Math.abs(found - sum) <= bound, `${model} item ${item} choice ${at}: ${found}, expected ${sum}`);
      }
    }
    for (const [group, numbers] of Object.entries(wanted.groups)) {
      const found = group === 'all' ? choice : choice.groups[group];
      if (group === 'main') continue; // three of the file's groups together
      t.is(found?.n, numbers.n);
      for (const metric of METRICS) t.is(found?.[metric], numbers[metric], `${model} ${group} ${metric}`);
      for (const metric of ERRORS) t.true(Math.abs((found?.[metric] ?? Number.NaN) - numbers[metric]) < 1e-12);
    }
    t.deepEqual(Object.keys(groups ?? {}), ['python', 'c', 'prose', 'tricky', 'extra']);
  }
  return undefined;
});

test('the command prints accuracies with standard errors, and a question is prompted as in ARC', async (t) => {
  const data = await temporaryFile(
    t,
    'arc.jsonl',
    `${JSON.stringify({ question: 'What is x?', choices: ['a number', 'a list'], answer: 1 })}\n`.repeat(2),
  );
  const { code, stdout } = await swizzle(['loss', 'fixtures/mini-cocktail/base', '--data', data, '--device', 'cpu']);
  t.is(code, 0);
  t.regex(stdout, /model +loss +perplexity +acc +acc_norm +acc_bytes/);
  t.regex(stdout, /base +\d\.\d+ +\S+ +[01]\.0000 ± 0\.0000/);
  const { examples } = await readExamples(data);
  t.like(examples[0], { kind: 'choice', context: 'Question: What is x?\nAnswer:', delimiter: ' ' });
});

const BAD: readonly (readonly [string, string, RegExp])[] = [
  ['an empty choice', '{"context": "a", "choices": ["", "b"], "answer": 0}', /bad\.jsonl:1: choice 0: is empty/],
  [
    'white space alone',
    '{"context": " \\n", "choices": ["a", "b"], "answer": 0}',
    /choice 0: the context is only white space/,
  ],
  [
    'an answer that is no choice',
    '{"context": "a", "choices": ["a", "b"], "answer": 2}',
    /answer: expected 0 to 1, found 2/,
  ],
  ['one choice', '{"context": "a", "choices": ["a"], "answer": 0}', /choices: expected at least two choices/],
];

for (const [title, line, message] of BAD) {
  test(`multiple choice, refused: ${title}`, async (t) => {
    const data = await temporaryFile(t, 'bad.jsonl', `${line}\n`);
    await t.throwsAsync(measureLosses(['fixtures/mini-cocktail/base'], data, { device: 'cpu' }), { message });
  });
}
