import test from 'ava';
import { parse } from 'yaml';
import { SwizzleError } from '../../src/errors.ts';
import { assignmentsOf } from '../../src/sweep/axes/assignments.ts';
import { parseSweep } from '../../src/sweep/file/parse.ts';
import { variantsOf } from '../../src/sweep/axes/variant.ts';

const RECIPE = `recipe:
  merge_method: linear
  models:
    - model: a
      parameters: {weight: $w}
    - {model: b, parameters: {weight: 0.5}}
`;

const wrong: [what: string, text: string, message: RegExp][] = [
  ['no recipe', 'axes: {w: [1]}', /^sweep\.yml:1: recipe: is missing/],
  ['an unknown key', `${RECIPE}axes: {w: [1]}\nscores: 1`, /^sweep\.yml:8: scores: unknown key; did you mean score\?$/],
  [
    'an unknown axis',
    `${RECIPE}axes:\n  w: {steps: 3}`,
    /^sweep\.yml:8: axes\.w: expected a list of values, or one of/,
  ],
  [
    'a part of an axis',
    `${RECIPE}axes:\n  w: {range: {from: 0, to: 1, stop: 1}}`,
    /^sweep\.yml:8: axes\.w\.range\.step: is missing\nsweep\.yml:8: axes\.w\.range: unknown key "stop"$/,
  ],
  [
    'an axis without its count',
    `${RECIPE}axes:\n  w: {random: {from: 0, to: 1}}`,
    /^sweep\.yml:8: axes\.w: random: needs count/,
  ],
  [
    'a range that never ends',
    `${RECIPE}axes:\n  w: {range: {from: 0, to: 1, step: -1}}`,
    /^sweep\.yml:8: axes\.w: range: a step of -1/,
  ],
  [
    'bounds in the wrong order',
    `${RECIPE}axes:\n  w: {linspace: {from: 2, to: 1, count: 3}}`,
    /^sweep\.yml:8: axes\.w: expected from below to, found 2 and 1$/,
  ],
  [
    'a log scale from 0',
    `${RECIPE}axes:\n  w: {linspace: {from: 0, to: 1, count: 3, scale: log}}`,
    /log scale needs from above 0/,
  ],
  [
    'a name without an axis',
    `${RECIPE}axes: {v: [1]}`,
    /^sweep\.yml:5: recipe\.models\[0\]\.parameters\.weight: axes gives \$w no value$/,
  ],
  ['an axis that nothing uses', `${RECIPE}axes: {w: [1], v: [1]}`, /\$v stands nowhere in the recipe/],
  [
    'a value that the recipe cannot take',
    `${RECIPE}axes: {w: [1, heavy]}`,
    /^sweep\.yml:5: models\[0\]\.parameters\.weight: expected a number/,
  ],
  ['a score without objective', `${RECIPE}axes: {w: [1]}\nscore: distance`, /^sweep\.yml:8: score: needs an objective/],
  ['random without count', `${RECIPE}axes: {w: [1]}\nstrategy: random`, /^sweep\.yml:8: strategy: random needs count/],
  ['one pareto metric', `${RECIPE}axes: {w: [1]}\npareto: {a: min}`, /pareto: expected two metrics, found 1/],
  ['a bad size', `${RECIPE}axes: {w: [1]}\nlimits: {disk: lots}`, /limits\.disk: expected a size/],
  [
    'too many variants',
    `${RECIPE}axes: {w: {linspace: {from: 0, to: 1, count: 50}}}\nlimits: {variants: 49}`,
    /50 variants are more than limits\.variants \(49\)/,
  ],
];

for (const [what, text, message] of wrong) {
  test(`error: ${what}`, (t) => {
    const error = t.throws(() => parseSweep('sweep.yml', text), { instanceOf: SwizzleError, message });
    t.is(error?.code, 'recipe');
    t.is(error?.exitCode, 2);
  });
}

test('$name reaches a scalar, a filter, a point of a gradient and the dtype; $$ is a dollar', (t) => {
  const text = `recipe:
  merge_method: linear
  models:
    - model: $$a
      parameters:
        weight:
          - {filter: mlp, value: [0, $point, 1]}
          - {value: $rest}
    - model: b
      parameters: {weight: 1}
  dtype: $dtype
axes: {point: [0.25], rest: [0.5], dtype: [float16, bfloat16]}
`;
  const spec = parseSweep('sweep.yml', text);
  const [first, second] = variantsOf(spec.template, assignmentsOf(spec));
  t.deepEqual(parse(first?.recipe ?? ''), {
    merge_method: 'linear',
    models: [
      { model: '$a', parameters: { weight: [{ filter: 'mlp', value: [0, 0.25, 1] }, { value: 0.5 }] } },
      { model: 'b', parameters: { weight: 1 } },
    ],
    dtype: 'float16',
  });
  t.is(parse(second?.recipe ?? '').dtype, 'bfloat16');
});

test('defaults and sizes', (t) => {
  const spec = parseSweep('sweep.yml', `${RECIPE}axes: {w: [1]}\nlimits: {disk: 1.5 GiB, per_pass: 3}\nkeep: 5`);
  t.is(spec.limits.disk, 1.5 * 2 ** 30);
  t.is(spec.limits.perPass, 3);
  t.is(spec.keep, 5);
  t.is(spec.strategy, 'grid');
  t.is(spec.score, undefined);
});

test('aliases without an anchor and merges of what is no map are named with their place', (t) => {
  const sweep = (models: string): string => `recipe:\n  merge_method: linear\n  models: ${models}\naxes: { a: [1] }\n`;
  const message = (text: string): string =>
    t.throws(() => parseSweep('s.yml', text), { instanceOf: SwizzleError }).message;
  t.is(message(sweep('*nobody')), 's.yml:3:11: *nobody: no anchor &nobody stands before it');
  t.regex(message(`${sweep('[]')}<<: 5\n`), /^s\.yml: Merge sources must be maps/);
  const bomb = Array.from({ length: 9 }, (_, i) => `x${i + 1}: &x${i + 1} [${`*x${i}, `.repeat(20)}]`);
  t.regex(message([`x0: &x0 1`, ...bomb, sweep('[]')].join('\n')), /^s\.yml: .*alias/i);
});
