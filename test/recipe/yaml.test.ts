import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { SwizzleError } from '../../src/errors.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import type { Recipe } from '../../src/recipe/recipe.ts';
import { pinRecipe } from '../../src/run/card/pinned-recipe.ts';
import { swizzle } from '../support/command.ts';
import { temporaryFolder } from '../support/temporary.ts';

const PLAIN = `merge_method: linear
models:
  - model: a
    parameters: {weight: 0.1}
  - model: b@v2
    parameters: {weight: [0, 0.5]}
parameters: {normalize: true}
dtype: bfloat16
`;

/** What a recipe means, without how it was written. */
function meaning(text: string): Omit<Recipe, 'text' | 'wholeText'> {
  const { text: _, wholeText: __, ...rest } = parseRecipe('r.yml', text);
  return rest;
}

const SAME: Readonly<Record<string, string>> = {
  'CRLF and a byte order mark': `\uFEFF${PLAIN.replaceAll('\n', '\r\n')}`,
  'numbers and switches as texts': PLAIN.replace('0.1', '"1e-1"')
    .replace('[0, 0.5]', "['0', '.5']")
    .replace('true', '"yes"'),
  'dtype of torch': PLAIN.replace('bfloat16', 'torch.bfloat16'),
  'short dtype': PLAIN.replace('bfloat16', 'bf16'),
  'model objects': PLAIN.replace('model: a', 'model: {model: {path: a}}').replace(
    'model: b@v2',
    'model: {path: b, revision: v2}',
  ),
  'anchors under a key of their own': `weights: &w {weight: 0.1}
second: &b b@v2
${PLAIN.replace('{weight: 0.1}', '*w').replace('model: b@v2', 'model: *b')}`,
  'merge keys': `defaults: &d
  parameters: {weight: 0.1}
${PLAIN.replace('parameters: {weight: 0.1}', '<<: *d')}`,
  'a merge key that is overridden': `x-one: &d {weight: 3}
${PLAIN.replace('{weight: 0.1}', '{<<: *d, weight: 0.1}')}`,
  'one module': PLAIN.replace(
    /^models:[^]*weight: \[0, 0.5\]}$/m,
    (models) => `modules:\n  default:\n    ${models.replaceAll('\n', '\n    ')}`,
  ),
  'parameters of the module': PLAIN.replace(
    /^models:[^]*normalize: true}$/m,
    (models) => `parameters: {normalize: false}\nmodules:\n  default:\n    ${models.replaceAll('\n', '\n    ')}`,
  ),
  'document marks': `---\n${PLAIN}...\n`,
  'one filtered value without a list': PLAIN.replace('normalize: true', 'normalize: {value: true}'),
};

for (const [title, text] of Object.entries(SAME)) {
  test(`as if written out: ${title}`, (t) => {
    t.deepEqual(meaning(text), meaning(PLAIN));
  });
}

test('an anchor may be used for every layer', (t) => {
  const slices = Array.from({ length: 400 }, (_, layer) => {
    return `  - sources: [{model: *m, layer_range: [${layer % 40}, ${(layer % 40) + 1}]}]`;
  });
  const recipe = parseRecipe('r.yml', `m: &m a\nmerge_method: passthrough\nslices:\n${slices.join('\n')}`);
  t.is(recipe.slices.length, 400);
  t.is(recipe.slices[399]?.sources[0]?.model, 'a');
});

test('aliases that multiply are refused', (t) => {
  const levels = Array.from({ length: 12 }, (_, n) => `l${n + 1}: &l${n + 1} [${`*l${n},`.repeat(9)}]`);
  const text = `l0: &l0 [x]\n${levels.join('\n')}\nmerge_method: linear\nmodels: [{model: a}]`;
  t.throws(() => parseRecipe('r.yml', text), { instanceOf: SwizzleError, code: 'recipe', message: /^r\.yml: .*alias/ });
});

test('an adapter beside its model', (t) => {
  const text = PLAIN.replace('model: a', 'model: {model: {path: a}, lora: {path: l, revision: v1}}');
  t.is(parseRecipe('r.yml', text).slices[0]?.sources[0]?.model, 'a+l@v1');
});

test('keys that mean nothing here get one line each', (t) => {
  const text = `out_shard_size: 5B\nlazy_unpickle: true\n${PLAIN}`;
  t.deepEqual(checkRecipe(parseRecipe('r.yml', text)).warnings, [
    'r.yml:1: out_shard_size: has no effect here; --shard-size sets the size of output files',
    'r.yml:2: lazy_unpickle: has no effect here',
  ]);
  const sliced = `merge_method: passthrough
slices:
  - sources: [{model: a, layer_range: ["0", 2]}]
    residual_weight: 0.5
`;
  const recipe = parseRecipe('r.yml', sliced);
  t.deepEqual(recipe.notes, ['r.yml:4: slices[0].residual_weight: has no effect here']);
  t.deepEqual(recipe.slices[0]?.sources[0]?.layers, [0, 2]);
});

const WRONG: Readonly<Record<string, [text: string, message: string]>> = {
  'a key with a typing mistake': [
    PLAIN.replace('models:', 'mdoels:'),
    'r.yml:2: mdoels: unknown key; did you mean models?',
  ],
  'a key with a hyphen': [`${PLAIN}base-model: a`, 'r.yml:9: base-model: unknown key; did you mean base_model?'],
  'a key that nobody knows': [`${PLAIN}colour: red`, 'r.yml:9: colour: unknown key'],
  'a parameter outside parameters': [
    PLAIN.replace('parameters: {weight: 0.1}', 'weight: 0.1'),
    'r.yml:4: models[0].weight: unknown key; it belongs under parameters: {weight: …}',
  ],
  'a tab': ['merge_method: linear\nmodels:\n\t- model: a\n', 'r.yml:3:1: a tab indents this line, expected spaces'],
  'an empty file': ['', 'r.yml:1: expected a recipe, a map with merge_method and models; the file is empty'],
  'a list': ['- a\n', 'r.yml:1: expected a recipe, a map with merge_method and models; found a list'],
  'an alias without an anchor': [
    PLAIN.replace('model: a', 'model: *nowhere'),
    'r.yml:3:12: *nowhere: no anchor &nowhere stands before it',
  ],
};

for (const [title, [text, message]] of Object.entries(WRONG)) {
  test(`refused: ${title}`, (t) => {
    const error = t.throws(() => parseRecipe('r.yml', text), { instanceOf: SwizzleError, code: 'recipe' });
    t.true(error.message.startsWith(message), error.message);
  });
}

test('pinning follows aliases and objects', (t) => {
  const text = `x: &m a\nmodels:\n  - model: *m\n  - model: {path: b, revision: v2}\n  - model: c\n`;
  const models = new Map([
    ['a', '../a'],
    ['b@v2', 'b@0123'],
  ]);
  t.is(
    pinRecipe(text, { models, dtype: undefined, seed: undefined }),
    `x: &m a\nmodels:\n  - model: ../a\n  - model: b@0123\n  - model: c\n`,
  );
});

test('a module: its filtered parameters count before the recipe’s own, which hold where none matches', (t) => {
  const text = `merge_method: linear
parameters: {weight: [{filter: mlp, value: 3}, {value: 2}]}
modules:
  text:
    models: [{model: a}, {model: b}]
    parameters: {weight: [{filter: norm, value: 1}]}
`;
  const { parameters, slices } = parseRecipe('r.yml', text);
  t.deepEqual(parameters.get('weight'), [
    { filter: 'norm', value: 1 },
    { filter: 'mlp', value: 3 },
    { filter: undefined, value: 2 },
  ]);
  t.deepEqual(
    slices[0]?.sources.map(({ model }) => model),
    ['a', 'b'],
  );
});

const NO_MODULES: readonly (readonly [modules: string, message: RegExp])[] = [
  [
    '{encoder: {models: []}, decoder: {models: []}}',
    /^r\.yml:2: modules: expected one module .*found encoder, decoder$/,
  ],
  ['{default: {models: [], base_model: a}}', /^r\.yml:2: modules: base_model: a module has models or slices/],
  ['{}', /found none$/],
  ['[]', /expected a map from the name of a module/],
];
for (const [modules, message] of NO_MODULES) {
  test(`refused: modules: ${modules}`, (t) => {
    const error = t.throws(() => parseRecipe('r.yml', `merge_method: linear\nmodules: ${modules}\n`), {
      instanceOf: SwizzleError,
    });
    t.regex(error.message, message);
  });
}

test('an error in a module names its line', (t) => {
  const text =
    'merge_method: linear\nmodules:\n  default:\n    models:\n      - model: a\n        parameters: {wieght: 1}\n';
  const error = t.throws(() => checkRecipe(parseRecipe('r.yml', text)), { instanceOf: SwizzleError });
  t.regex(error.message, /^r\.yml:6: /);
});

test('a key that is a list is an unknown key, and the YAML library says nothing of its own', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'r.yml');
  await writeFile(file, '? [3]\n: 4\nmerge_method: linear\nmodels: [{ model: a }]\n');
  const { code, stderr } = await swizzle(['merge', file, '-o', join(folder, 'out')]);
  t.is(code, 2);
  t.is(stderr, `swizzle: ${file}:1: [ 3 ]: unknown key\n`);
});
