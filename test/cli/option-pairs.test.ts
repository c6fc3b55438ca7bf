import test from 'ava';
import { checkRecipe, parseRecipe } from '../../src/index.ts';
import { runInProcess } from '../support/main-in-process.ts';

const MERGE = ['merge', 'a', 'b', '--weights', '0.5,0.5', '-o', 'never'];

test.serial(
  'options that mean nothing without another, or contradict it, are refused before anything is read',
  async (t) => {
    const cases: [string[], RegExp][] = [
      [
        [...MERGE, '--revision', 'half'],
        /^swizzle: --revision requires --push-to; the revision of a model is given as org\/name@revision\n/,
      ],
      [[...MERGE, '--private'], /^swizzle: --private requires --push-to\n/],
      [[...MERGE, '--message', 'x'], /^swizzle: --message requires --push-to\n/],
      [['convert', 'a', '--dtype', 'float16', '-o', 'never', '--private'], /^swizzle: --private requires --push-to\n/],
      [[...MERGE, '--normalize', '--no-normalize'], /^swizzle: --normalize and --no-normalize do not go together\n/],
      [[...MERGE, '--no-normalize', '--normalize'], /^swizzle: --normalize and --no-normalize do not go together\n/],
    ];
    for (const [args, message] of cases) {
      const { text, code } = await runInProcess(args);
      t.is(code, 2, text);
      t.regex(text, message);
    }
  },
);

test.serial('every object on standard output says its schema', async (t) => {
  const methods = JSON.parse((await runInProcess(['methods', '--json'])).text) as {
    schema: string;
    methods: { name: string }[];
  };
  t.is(methods.schema, 'swizzle/methods/1');
  t.true(methods.methods.some(({ name }) => name === 'ties'));
});

test('override_architecture is ignored, and said to be', (t) => {
  const text = `merge_method: passthrough
models:
  - model: { model: base, override_architecture: LlamaForCausalLM }
`;
  const { warnings } = checkRecipe(parseRecipe('recipe.yml', text));
  t.is(warnings.length, 1);
  t.regex(
    warnings[0] ?? '',
    /^recipe\.yml:3: models\[0\]\.model\.override_architecture: has no effect here; models are matched by their tensors/,
  );
});
