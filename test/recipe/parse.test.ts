import test from 'ava';
import { SwizzleError } from '../../src/errors.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { recipeFromWeights } from '../../src/recipe/weights.ts';

const GOOD = `merge_method: linear
base_model: a
models:
  - model: a
    parameters:
      weight: 0.5
  - model: {path: b, revision: main}
    parameters:
      weight:
        - filter: mlp
          value: [0, 0.5, 1]
        - value: 0.25
parameters:
  normalize: false
dtype: bfloat16
out_dtype: float16
`;

test('a recipe with everything', (t) => {
  const recipe = parseRecipe('r.yml', GOOD);
  t.is(recipe.baseModel, 'a');
  t.is(recipe.outDtype, 'F16');
  t.deepEqual(
    recipe.slices[0]?.sources.map(({ model }) => model),
    ['a', 'b@main'],
  );
  t.deepEqual(recipe.slices[0]?.sources[1]?.parameters.get('weight'), [
    { filter: 'mlp', value: [0, 0.5, 1] },
    { filter: undefined, value: 0.25 },
  ]);
  t.deepEqual(recipe.parameters.get('normalize'), [{ filter: undefined, value: false }]);
});

test('dtype alone sets the output', (t) => {
  t.is(parseRecipe('r.yml', 'merge_method: linear\nmodels: [{model: a}]\ndtype: float32').outDtype, 'F32');
  t.is(parseRecipe('r.yml', 'merge_method: linear\nmodels: [{model: a}]').outDtype, undefined);
});

const WRONG: [title: string, text: string, message: string | RegExp][] = [
  ['not YAML', 'merge_method: [', /^r\.yml:1:\d+: /],
  [
    'unknown key',
    'merge_method: linear\nmodels:\n  - model: a\nbase: x',
    'r.yml:4: base: unknown key; did you mean base_model?',
  ],
  [
    'unknown key in a model',
    'merge_method: linear\nmodels:\n  - model: a\n    wight: 1',
    'r.yml:4: models[0].wight: unknown key; did you mean weight under parameters?',
  ],
  ['no method', 'models:\n  - model: a', 'r.yml:1: merge_method: is missing'],
  ['no models', 'merge_method: linear', 'r.yml: has neither models nor slices'],
  [
    'bad dtype',
    'merge_method: linear\nmodels: [{model: a}]\ndtype: float17',
    /^r\.yml:3: dtype: expected one of .*float16.*, found "float17"; did you mean float16\?$/,
  ],
  [
    'bad weight',
    'merge_method: linear\nmodels:\n  - model: a\n    parameters:\n      weight: half',
    'r.yml:5: models[0].parameters.weight: expected a number, a list of numbers (a layer gradient) or a list of {filter, value}, found "half"',
  ],
  [
    'bad weight in a filter',
    'merge_method: linear\nmodels:\n  - model: a\n    parameters:\n      weight:\n      - filter: mlp\n        value: half',
    /^r\.yml:7: models\[0\]\.parameters\.weight\[0\]\.value: expected a number/,
  ],
  [
    'two tokenizer sections',
    'merge_method: linear\nmodels: [{model: a}]\ntokenizer_source: union\ntokenizer: {source: base}',
    'r.yml:4: tokenizer: a recipe has either tokenizer_source or tokenizer',
  ],
  [
    'a token from nowhere',
    'merge_method: linear\nmodels: [{model: a}]\ntokenizer:\n  tokens:\n    x: {source: {kind: model_token, model: a}}',
    'r.yml:5: tokenizer.tokens.x.source: expected token or token_id: which row is taken?',
  ],
  [
    'a forced token without a source',
    'merge_method: linear\nmodels: [{model: a}]\ntokenizer: {tokens: {x: {force: true}}}',
    'r.yml:3: tokenizer.tokens.x: force needs a source: whose row is forced?',
  ],
];

for (const [title, text, message] of WRONG) {
  test(`wrong recipe: ${title}`, (t) => {
    const error = t.throws(() => parseRecipe('r.yml', text), { instanceOf: SwizzleError, code: 'recipe' });
    if (typeof message === 'string') t.is(error.message, message);
    else t.regex(error.message, message);
  });
}

const UNFIT: [title: string, text: string, message: RegExp][] = [
  [
    'unknown method',
    'merge_method: liner\nmodels: [{model: a}]',
    /^r\.yml:1: merge_method: unknown method "liner", expected one of linear, /,
  ],
  [
    'unknown parameter',
    'merge_method: linear\nmodels:\n  - model: a\n    parameters:\n      weigth: 1',
    /^r\.yml:5: models\[0\]\.parameters\.weigth: unknown parameter, linear takes weight, normalize; did you mean weight\?$/,
  ],
  [
    'switch for a number',
    'merge_method: linear\nmodels:\n  - model: a\n    parameters: {weight: true}',
    /expected a number, found true or false$/,
  ],
  [
    'no base model',
    'merge_method: task_arithmetic\nmodels: [{model: a}]',
    /^r\.yml:1: merge_method: task_arithmetic needs a base_model$/,
  ],
  [
    'too many models',
    'merge_method: passthrough\nmodels: [{model: a}, {model: b}]',
    /^r\.yml:2: models: passthrough takes 1 model, found 2$/,
  ],
];

for (const [title, text, message] of UNFIT) {
  test(`unfit recipe: ${title}`, (t) => {
    const error = t.throws(() => checkRecipe(parseRecipe('r.yml', text)), { instanceOf: SwizzleError, code: 'recipe' });
    t.regex(error.message, message);
  });
}

test("another method's parameter is a warning, as mergekit passes over it", (t) => {
  const text =
    'merge_method: linear\nmodels:\n  - model: a\n    parameters: {weight: 1}\nparameters:\n  int8_mask: true';
  t.deepEqual(checkRecipe(parseRecipe('r.yml', text)).warnings, [
    'r.yml:6: parameters.int8_mask: has no effect with linear',
  ]);
});

test('weights on the command line must sum to 1 unless told otherwise', (t) => {
  t.throws(() => recipeFromWeights(['a', 'b'], [0.5, 0.6], undefined), {
    message: /sum to 1\.1, expected 1; pass --normalize/,
  });
  t.throws(() => recipeFromWeights(['a', 'b'], [1], undefined), { message: '2 models: expected 2 weights, found 1' });
  t.notThrows(() => recipeFromWeights(['a', 'b'], [0.3333, 0.6666], undefined));
  t.deepEqual(recipeFromWeights(['a', 'b'], [2, 2], true).parameters.get('normalize'), [
    { filter: undefined, value: true },
  ]);
  t.deepEqual(recipeFromWeights(['a', 'b'], [2, 2], false).parameters.get('normalize'), [
    { filter: undefined, value: false },
  ]);
});

test('numbers that float32 does not hold are refused where they stand', (t) => {
  const recipe = (weight: string): string => GOOD.replace('weight: 0.5', `weight: ${weight}`);
  for (const weight of ['1e308', '-3.5e38', '[0, 1e39]', '.inf', '-.inf']) {
    t.throws(() => checkRecipe(parseRecipe('r.yml', recipe(weight))), {
      instanceOf: SwizzleError,
      code: 'recipe',
      message: /^r\.yml:6: models\[0\]\.parameters\.weight: expected a (finite )?number/,
    });
  }
  t.notThrows(() => checkRecipe(parseRecipe('r.yml', recipe('3.4e38'))));
});
