import { join } from 'node:path';
import test from 'ava';
import {
  askSweep,
  cocktail,
  convert,
  diff,
  extract,
  inspect,
  loadSweep,
  measureLosses,
  merge,
  planMerge,
  pull,
  push,
  runSweep,
  SwizzleError,
  verify,
} from '../../src/index.ts';
import { runInProcess } from '../support/main-in-process.ts';
import { temporaryFolder } from '../support/temporary.ts';

const BASE = 'fixtures/mini-cocktail/base';
const RECIPE = { merge_method: 'passthrough', models: [{ model: BASE }] };

/** Calls as a program without types makes them. */
type Loose = (...values: readonly unknown[]) => Promise<unknown>;
const loose =
  (call: (...values: never[]) => PromiseLike<unknown>): Loose =>
  async (...values) =>
    Reflect.apply(call, undefined, values);

const out = 'never';

const CASES: readonly (readonly [call: Loose, values: readonly unknown[], message: RegExp])[] = [
  [loose(merge), [RECIPE], /^merge: missing option out; expected the output folder$/],
  [loose(merge), [RECIPE, {}], /^merge: missing option out; expected the output folder$/],
  [loose(merge), [RECIPE, null], /^merge: options: expected an object, found null$/],
  [loose(merge), [RECIPE, { out: '' }], /^merge: out: expected the output folder, found ""$/],
  [loose(merge), [RECIPE, { out, devcie: 'cpu' }], /^merge: unknown option devcie; did you mean device\?$/],
  [
    loose(merge),
    [RECIPE, { out, verbose: true }],
    /^merge: unknown option verbose; it takes device, adapter, fallback, lanes,/,
  ],
  [loose(merge), [RECIPE, { out, device: 'tpu' }], /^merge: device: expected one of auto, webgpu, cpu, found "tpu"/],
  [loose(merge), [RECIPE, { out, lanes: -3 }], /^merge: lanes: expected a whole number from 1 to 64, found -3$/],
  [loose(merge), [RECIPE, { out, lanes: '2' }], /^merge: lanes: expected a whole number from 1 to 64, found "2"$/],
  [loose(merge), [RECIPE, { out, lanes: Number.NaN }], /found NaN$/],
  [
    loose(merge),
    [RECIPE, { out, chunkBytes: 0 }],
    /^merge: chunkBytes: expected a size such as 5GB or 16MiB, found 0$/,
  ],
  [
    loose(merge),
    [RECIPE, { out, dtype: 'flaot16' }],
    /^merge: dtype: expected one of float8_e4m3fn, .*found "flaot16"; did you mean float16\?$/,
  ],
  [
    loose(merge),
    [RECIPE, { out, onOverflow: 'clip' }],
    /^merge: onOverflow: expected one of inf, saturate, error, found "clip"$/,
  ],
  [
    loose(merge),
    [RECIPE, { out, experts: 'dense' }],
    /^merge: experts: expected one of packed, separate, found "dense"$/,
  ],
  [loose(merge), [RECIPE, { out, seed: 1.5 }], /^merge: seed: expected a whole number from 0 on, found 1.5$/],
  [loose(merge), [RECIPE, { out, force: 'yes' }], /^merge: force: expected true or false, found "yes"$/],
  [loose(merge), [RECIPE, { out, onProgress: 3 }], /^merge: onProgress: expected a function, found 3$/],
  [loose(merge), [RECIPE, { out, signal: {} }], /^merge: signal: expected an AbortSignal, found an object$/],
  [loose(merge), [RECIPE, { out, places: { a: 'b' } }], /^merge: places: expected a Map/],
  [
    loose(merge),
    [RECIPE, { out, gguf: { type: 'Q4' } }],
    /^merge: gguf.type: expected one of F32, F16, BF16, Q8_0, found "Q4"/,
  ],
  [loose(merge), [RECIPE, { out, hub: { evn: {} } }], /^merge: unknown option hub.evn; did you mean env\?$/],
  [loose(planMerge), [RECIPE, { out, memory: -1 }], /^planMerge: memory: expected a size/],
  [loose(convert), [BASE, 'int4', { out }], /^convert: dtype: expected one of .*found "int4"/],
  [loose(convert), ['', 'F16', { out }], /^convert: model: expected a model/],
  [loose(extract), [BASE, BASE, { out, rank: 0 }], /^extract: rank: expected a whole number from 1 on, found 0$/],
  [loose(extract), [BASE, BASE], /^extract: missing option out/],
  [loose(inspect), [7], /^inspect: model: expected a model: .*found 7$/],
  [loose(inspect), [BASE, { singal: 1 }], /^inspect: unknown option singal; did you mean signal\?$/],
  [loose(diff), [BASE], /^diff: missing option b; expected a model/],
  [loose(diff), [BASE, BASE, { tolerance: 'low' }], /^diff: tolerance: expected a number, found "low"$/],
  [loose(verify), ['out', { sample: -1 }], /^verify: sample: expected a whole number from 0 on, found -1$/],
  [loose(measureLosses), [BASE, 'x.jsonl'], /^measureLosses: models: expected a list of models/],
  [
    loose(measureLosses),
    [[BASE], 'x.jsonl', { batchSize: 0 }],
    /^measureLosses: batchSize: expected a whole number from 1 on, found 0$/,
  ],
  [
    loose(cocktail),
    [[BASE, 'b'], 'x.jsonl', { out, temperature: 0 }],
    /^cocktail: temperature: expected a number above 0, found 0$/,
  ],
  [loose(pull), [['a/b']], /^pull: missing option env/],
  [loose(push), ['out', 'a/b', { env: {} }, { branch: 'x' }], /^preparePush: unknown option branch/],
];

test('wrong and unknown options are usage errors that name the option and what it may be', async (t) => {
  for (const [call, values, message] of CASES) {
    const error = await t.throwsAsync(call(...values), { instanceOf: SwizzleError, code: 'usage', message });
    t.is(typeof error.details['option'], 'string', error.message);
  }
  const spec = await loadSweep('examples/sweep.yml');
  await t.throwsAsync(loose(runSweep)(spec, { out, lanes: 99 }), { code: 'usage', message: /^runSweep: lanes/ });
  await t.throwsAsync(loose(askSweep)(spec, 0, { out }), { code: 'usage', message: /^askSweep: count/ });
});

test('the command line refuses the same values in the same words', async (t) => {
  const pairs: [string, string, object][] = [
    ['--lanes', '99', { lanes: 99 }],
    ['--device', 'tpu', { device: 'tpu' }],
    ['--dtype', 'flaot16', { dtype: 'flaot16' }],
    ['--on-overflow', 'clip', { onOverflow: 'clip' }],
    ['--experts', 'dense', { experts: 'dense' }],
    ['--random-seed', '1.5', { seed: 1.5 }],
  ];
  for (const [flag, value, options] of pairs) {
    const { text, code } = await runInProcess(['merge', 'a', '-o', out, flag, value]);
    const error = await t.throwsAsync(async () => planMerge(RECIPE, { out, ...options }), { code: 'usage' });
    const [, , expected = ''] = /^planMerge: (\w+): (expected .*), found/.exec(error.message) ?? [];
    t.is(code, 2);
    t.true(text.includes(`${flag}: ${expected}, found "${value}"`), text);
  }
});

test('names of the command line are names of the library', async (t) => {
  const folder = join(await temporaryFolder(t), 'out');
  for (const dtype of ['float16', 'fp16', 'F16', 'torch.float16'] as 'float16'[]) {
    const { about } = await planMerge(RECIPE, { out: folder, dtype, device: 'cpu' });
    t.is(about.dtype, 'float16');
  }
  const { dtype } = await convert(BASE, 'float16', { out: folder, device: 'cpu' });
  t.is(dtype, 'float16');
});
