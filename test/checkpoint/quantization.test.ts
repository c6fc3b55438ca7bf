import test from 'ava';
import type { NewTensor } from '../../src/models/checkpoint/header/encode-header.ts';
import { type Quantization, quantizationOf } from '../../src/models/checkpoint/quantization.ts';
import { SwizzleError } from '../../src/errors.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import type { Dtype } from '../../src/dtype.ts';
import { swizzle } from '../support/command.ts';
import { headersOnly } from '../support/headers-only.ts';
import { temporaryFolder } from '../support/temporary.ts';

const LAYER = 'model.layers.0.mlp.down_proj';
const PLAIN: NewTensor = { name: 'model.norm.weight', dtype: 'BF16', shape: [4] };
const tensors = (of: Readonly<Record<string, Dtype>>): NewTensor[] => {
  return [PLAIN, ...Object.entries(of).map(([name, dtype]) => ({ name: LAYER + name, dtype, shape: [4] }))];
};

const KINDS: [Pick<Quantization, 'scheme' | 'method'>, Readonly<Record<string, Dtype>>, object | undefined][] = [
  [
    { scheme: 'gptq', method: 'GPTQ' },
    { '.qweight': 'I32', '.qzeros': 'I32', '.scales': 'F16', '.g_idx': 'I32' },
    { quantization_config: { quant_method: 'gptq', bits: 4 } },
  ],
  [
    { scheme: 'awq', method: 'AWQ' },
    { '.qweight': 'I32', '.qzeros': 'I32', '.scales': 'F16' },
    { quantization_config: { quant_method: 'awq' } },
  ],
  [
    { scheme: 'bitsandbytes', method: 'bitsandbytes' },
    {
      '.weight': 'U8',
      '.weight.absmax': 'F32',
      '.weight.quant_map': 'F32',
      '.weight.quant_state.bitsandbytes__nf4': 'U8',
    },
    { quantization_config: { load_in_4bit: true } },
  ],
  [
    { scheme: 'bitsandbytes', method: 'bitsandbytes' },
    { '.weight': 'I8', '.SCB': 'F32' },
    { quantization_config: { quant_method: 'bitsandbytes', load_in_8bit: true } },
  ],
  [
    { scheme: 'mxfp4', method: 'MXFP4' },
    { _blocks: 'U8', _scales: 'U8' },
    { text_config: { quantization_config: { quant_method: 'mxfp4' } } },
  ],
  [
    { scheme: 'float8', method: 'float8 with scales' },
    { '.weight': 'F8_E4M3', '.weight_scale_inv': 'F32' },
    { quantization_config: { quant_method: 'fp8', weight_block_size: [128, 128] } },
  ],
  [{ scheme: 'float8', method: 'float8 with scales' }, { '.weight': 'F8_E4M3', '.weight_scale': 'F32' }, undefined],
  [
    { scheme: 'compressed-tensors', method: 'compressed-tensors' },
    { '.weight_packed': 'I32', '.weight_shape': 'I64', '.weight_scale': 'BF16' },
    { quantization_config: { quant_method: 'compressed-tensors' } },
  ],
  [
    { scheme: 'mlx', method: 'MLX' },
    { '.weight': 'U32', '.scales': 'F16', '.biases': 'F16' },
    { quantization: { group_size: 64, bits: 4 } },
  ],
];

for (const [expected, kinds, config] of KINDS) {
  test(`${expected.method} is known by its tensors (${Object.keys(kinds).join(' ')}), and by config.json`, (t) => {
    const first = expect(quantizationOf(headersOnly('m', [tensors(kinds)])));
    t.like(first, { ...expected, key: undefined });
    t.true(first.tensor?.startsWith(LAYER));
    if (config === undefined) return;
    t.like(quantizationOf(headersOnly('m', [tensors(kinds)], config)), expected);
    const said = expect(quantizationOf(headersOnly('m', [[PLAIN]], config)));
    t.like(said, { ...expected, tensor: undefined });
    t.regex(said.key ?? '', /^(text_config\.)?quantization(_config)?$/);
  });
}

function expect(found: Quantization | undefined): Quantization {
  if (found === undefined) throw new Error('expected a quantization');
  return found;
}

test('plain models are plain: float8 without scales, weight norm, an empty or null entry in config.json', (t) => {
  t.is(quantizationOf(headersOnly('m', [tensors({ '.weight': 'F8_E4M3' })], { quantization_config: null })), undefined);
  const names = { '.weight_g': 'F32', '.weight_v': 'F32', '.scales': 'F32', _blocks: 'F32' } as const;
  t.is(quantizationOf(headersOnly('m', [tensors(names)], { quantization_config: {} })), undefined);
});

test('a method that is not known is named as config.json names it', (t) => {
  const config = { quantization_config: { quant_method: 'aqlm' } };
  t.like(quantizationOf(headersOnly('m', [[PLAIN]], config)), { scheme: 'other', method: 'aqlm' });
});

test('a leftover entry in config.json over plain tensors gets its own message', (t) => {
  const models = new Map([['m', headersOnly('m', [[PLAIN]], { quantization_config: { load_in_4bit: true } })]]);
  const checked = checkRecipe(parseRecipe('r.yml', 'merge_method: passthrough\nmodels: [{model: m}]\n'));
  const error = t.throws(() => makePlan([{ checked }], models, { shardBytes: 5e9 }), { instanceOf: SwizzleError });
  t.is(error.exitCode, 2);
  t.is(
    error.message,
    "m: config.json's quantization_config says that it is quantized by bitsandbytes, but its tensors are plain numbers: " +
      'remove that entry from config.json if it is a leftover',
  );
});

const GPTQ = 'fixtures/public/gptq';

test('merge, convert and sweep refuse quantized models before anything is written; inspect shows them', async (t) => {
  const out = `${await temporaryFolder(t)}/out`;
  const line = (name: string): string =>
    `${GPTQ}/${name}: is quantized by GPTQ (config.json's quantization_config, tensor ${LAYER}.qweight)`;
  const merged = await swizzle([
    'merge',
    `${GPTQ}/a`,
    `${GPTQ}/b`,
    '--weights',
    '0.5',
    '0.5',
    '--device',
    'cpu',
    '-o',
    out,
  ]);
  t.is(merged.code, 2);
  t.deepEqual(merged.stderr.split('\n').slice(0, 2), [`swizzle: ${line('a')}`, line('b')]);
  t.regex(
    merged.stderr,
    /\nquantized weights cannot be merged or converted: take the model that was quantized, or decode/,
  );
  const converted = await swizzle(['convert', `${GPTQ}/b`, '--dtype', 'float32', '--device', 'cpu', '-o', out]);
  t.is(converted.code, 2);
  t.is(converted.stderr.split('\n')[0], `swizzle: ${line('b')}`);
  t.is((await swizzle(['inspect', `${GPTQ}/a`])).code, 0);
});
