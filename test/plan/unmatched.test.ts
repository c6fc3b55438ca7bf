import test from 'ava';
import type { Checkpoint } from '../../src/models/checkpoint/checkpoint.ts';
import type { NewTensor } from '../../src/models/checkpoint/header/encode-header.ts';
import { isFloat } from '../../src/dtype.ts';
import { SwizzleError } from '../../src/errors.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { makePlan, type Plan } from '../../src/plan/plan.ts';
import { prefixDifference } from '../../src/plan/match/prefix.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { readTensors } from '../support/checkpoints.ts';
import { swizzle } from '../support/command.ts';
import { headersOnly } from '../support/headers-only.ts';
import { decode, spacing } from '../support/reference.ts';
import { temporaryFolder } from '../support/temporary.ts';

const NAMES = ['embed.weight', 'layers.0.up.weight', 'layers.1.up.weight', 'norm.weight'];
const model = (label: string, names: readonly string[], size = 4): Checkpoint => {
  return headersOnly(label, [names.map((name): NewTensor => ({ name, dtype: 'BF16', shape: [size] }))]);
};
const prefixed = (prefix: string): string[] => NAMES.map((name) => prefix + name);
/** The same with a name that is no renamed one of `NAMES`: no renaming then makes all names meet. */
const nearly = (prefix: string): string[] => [...prefixed(prefix).slice(1), `${prefix}other.weight`];

function plan(a: Checkpoint, b: Checkpoint, allowMissing: boolean): Plan {
  const text =
    'merge_method: linear\nmodels: [{model: a, parameters: {weight: 1}}, {model: b, parameters: {weight: 1}}]\n';
  const models = new Map([a, b].map((one) => [one.label, one]));
  return makePlan([{ checked: checkRecipe(parseRecipe('r.yml', text)) }], models, { shardBytes: 5e9, allowMissing });
}

const message = (a: Checkpoint, b: Checkpoint, allowMissing: boolean): string => {
  try {
    plan(a, b, allowMissing);
  } catch (error) {
    if (error instanceof SwizzleError && error.code === 'mismatch') return error.message;
    throw error;
  }
  throw new Error('expected a mismatch');
};

for (const allowMissing of [false, true]) {
  const how = allowMissing ? 'with --allow-missing' : 'without it';
  test(`a prefix that only one model has, and that is not all, is named in one message: ${how}`, (t) => {
    const rename = 'Rename the tensors, or take a copy that was saved without it';
    t.is(
      message(model('a', NAMES), model('b', nearly('_orig_mod.')), allowMissing),
      `no of 4 tensors can be merged: names in b begin with "_orig_mod.", those in a do not (3 would match without it). ${rename}`,
    );
    t.is(
      message(model('a', nearly('base_model.model.')), model('b', NAMES), allowMissing),
      `no of 4 tensors can be merged: names in a begin with "base_model.model.", those in b do not (3 would match without it). ${rename}`,
    );
  });
}

test('models that share nothing: an error, and no advice that would make a copy', (t) => {
  const [a, b] = [model('a', NAMES), model('b', ['x', 'y'])];
  t.is(
    message(a, b, true),
    "no tensor can be merged: none of a's 4 is in b under the same name, in the same shape; the output would be a copy",
  );
  t.notRegex(message(a, b, false), /--allow-missing/);
  t.is(message(a, model('b', NAMES, 5), true), message(a, b, true));
  t.notRegex(message(a, model('b', NAMES, 5), false), /--allow-missing/);
});

test('where something matches, --allow-missing says how much', (t) => {
  const { warnings } = plan(model('a', NAMES), model('b', [NAMES[0] ?? '', ...nearly('x.').slice(1)]), true);
  t.is(warnings[0], 'merged 1 of 4 tensors, the others are kept as in a');
  t.deepEqual(plan(model('a', NAMES), model('b', NAMES), true).warnings, []);
});

test('prefixes are found up to four parts deep, the commonest wins', (t) => {
  const names = (list: readonly string[]): Map<string, undefined> => new Map(list.map((name) => [name, undefined]));
  const found = prefixDifference(names(['a.b.c.d.w', 'x.norm.weight', ...prefixed('a.b.c.')]), names([...NAMES, 'w']));
  t.deepEqual(found, { prefix: 'a.b.c.', on: 'model', matching: 4 });
  t.is(prefixDifference(names(['a.b.c.d.e.w']), names(['w'])), undefined);
  t.is(prefixDifference(names(NAMES), names(NAMES)), undefined);
});

test('a prefix in front of all names is taken off, and the command says so', async (t) => {
  const folder = 'fixtures/public/orig_mod';
  const out = `${await temporaryFolder(t)}/out`;
  const args = ['merge', `${folder}/base`, `${folder}/ft`, '--weights', '0.5', '0.5', '--device', 'cpu', '-o', out];
  const { code, stderr } = await swizzle(args);
  t.is(code, 0);
  t.regex(stderr, /^warning: \S+\/ft: "_orig_mod\." taken off \d+ names, as in \S+\/base$/m);
  const merged = await readTensors(out);
  const [base, tuned] = [await readTensors(`${folder}/base`), await readTensors(`${folder}/ft`)];
  t.deepEqual([...merged.keys()], [...base.keys()]);
  for (const [name, { dtype, data }] of merged) {
    t.true(isFloat(dtype));
    if (!isFloat(dtype)) continue;
    const value = decode(dtype, base.get(name)?.data ?? new Uint8Array(), 0) / 2;
    const other = decode(dtype, tuned.get(`_orig_mod.${name}`)?.data ?? new Uint8Array(), 0) / 2;
    const unit = spacing(dtype, value + other);
    t.true(Math.abs(decode(dtype, data, 0) - value - other) <= unit / 2, name);
  }
});
