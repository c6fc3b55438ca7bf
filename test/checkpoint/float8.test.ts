import test from 'ava';
import { joinShards, type Checkpoint } from '../../src/models/checkpoint/checkpoint.ts';
import { settleFloat8 } from '../../src/models/checkpoint/forms/float8.ts';
import { elementCount } from '../../src/models/checkpoint/header/header.ts';
import { byteLength, type Dtype } from '../../src/dtype.ts';
import { SwizzleError } from '../../src/errors.ts';

type Tensors = Record<string, readonly [Dtype, readonly number[]]>;

const FP8 = { quant_method: 'fp8', weight_block_size: [128, 128] };

function checkpoint(list: Tensors, quantization_config: object | undefined = FP8): Checkpoint {
  let end = 0;
  const tensors = Object.entries(list).map(([name, [dtype, shape]]) => {
    const begin = end;
    end += byteLength(dtype, elementCount(shape));
    return { name, dtype, shape, begin, end };
  });
  const config = JSON.stringify({ rope_theta: 1, quantization_config, text_config: { quantization_config } });
  return joinShards('m', undefined, config, [{ path: 'm', size: end, header: { tensors } }]);
}

const W = ['F8_E4M3', [200, 300]] as const;

test('weights take their scales along, the config no longer says that it is quantized', (t) => {
  const settled = settleFloat8(
    checkpoint({
      'a.weight': W,
      'a.weight_scale_inv': ['F32', [2, 3]],
      'b.weight': W,
      'b.weight_scale': ['BF16', [200, 1]],
      'c.weight': ['F8_E5M2', [200, 300]],
      'c.weight_scale': ['F32', []],
      'c.input_scale': ['F32', []],
      experts: ['F8_E4M3', [4, 200, 300]],
      experts_scale_inv: ['F32', [4, 2, 3]],
      norm: ['BF16', [300]],
    }),
  );
  t.deepEqual(JSON.parse(settled.config ?? ''), { rope_theta: 1, text_config: {} });
  t.deepEqual([...settled.tensors.keys()], ['a.weight', 'b.weight', 'c.weight', 'experts', 'norm']);
  const grids = [...settled.tensors.values()].map(({ dtype, stored }) => {
    if (stored?.encoding?.kind !== 'scaled') return [dtype];
    const { rows, columns, blockRows, blockColumns, scales } = stored.encoding;
    return [dtype, stored.dtype, rows, columns, blockRows, blockColumns, scales.name];
  });
  t.deepEqual(grids, [
    ['BF16', 'F8_E4M3', 200, 300, 128, 128, 'a.weight_scale_inv'],
    ['BF16', 'F8_E4M3', 200, 300, 1, 300, 'b.weight_scale'],
    ['BF16', 'F8_E5M2', 200, 300, 200, 300, 'c.weight_scale'],
    ['BF16', 'F8_E4M3', 200, 300, 128, 128, 'experts_scale_inv'],
    ['BF16'],
  ]);
});

test('other checkpoints stay as they are: plain float8, packed ones', (t) => {
  const plain = checkpoint({ 'a.weight': W }, undefined);
  t.is(settleFloat8(plain), plain);
  const packed = checkpoint({ 'a.weight': W, 'a.weight_scale': ['F32', [1]] }, { quant_method: 'gptq' });
  t.is(settleFloat8(packed), packed);
});

const WRONG: Record<string, [Tensors, RegExp]> = {
  'too few blocks': [
    { 'a.weight': W, 'a.weight_scale_inv': ['F32', [2, 2]] },
    /^m: a\.weight_scale_inv has shape \[2, 2\] of F32, expected \[2, 3\] for a\.weight of shape \[200, 300\]$/,
  ],
  'blocks for rows': [{ 'a.weight': W, 'a.weight_scale': ['F32', [2, 3]] }, /expected one scale, or 200: one a row/],
  'integers as scales': [{ 'a.weight': W, 'a.weight_scale': ['I32', [1]] }, /of I32, expected floats/],
  'a weight without': [
    { 'a.weight': W, 'a.weight_scale': ['F32', [1]], 'b.weight': W },
    /^m: b\.weight is float8 and has no scale/,
  ],
};

for (const [name, [tensors, message]] of Object.entries(WRONG)) {
  test(`scales of the wrong shape: ${name}`, (t) => {
    const error = t.throws(() => settleFloat8(checkpoint(tensors)), { instanceOf: SwizzleError, message });
    t.is(error?.code, 'checkpoint');
  });
}
