import { join } from 'node:path';
import test from 'ava';
import { readLocalCheckpoint } from '../../src/models/checkpoint/files/local.ts';
import { elementReader } from '../../src/elements/decode.ts';
import { byteLength, type Dtype } from '../../src/dtype.ts';
import { diff } from '../../src/commands/diff.ts';
import { type FilledTensor, filled, writeModel } from '../support/checkpoints.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** The same by plain arithmetic, element by element. */
function expected(a: FilledTensor, b: FilledTensor): Record<string, number> {
  const [x, y] = [elementReader(a.dtype, a.data), elementReader(b.dtype, b.data)];
  const elements = a.data.byteLength / byteLength(a.dtype, 1);
  let [identical, maxAbsolute, dd, aa, bb, ab] = [0, 0, 0, 0, 0, 0];
  for (let index = 0; index < elements; index++) {
    const [p, q] = [x(index), y(index)];
    if (p === q || (Number.isNaN(p) && Number.isNaN(q))) identical++;
    else maxAbsolute = Math.max(maxAbsolute, Number.isFinite(p) && Number.isFinite(q) ? Math.abs(p - q) : Infinity);
    if (!Number.isFinite(p) || !Number.isFinite(q)) continue;
    dd += (p - q) ** 2;
    aa += p * p;
    bb += q * q;
    ab += p * q;
  }
  return { elements, identical, maxAbsolute, relativeL2: Math.sqrt(dd / aa), cosine: ab / Math.sqrt(aa * bb) };
}

/** Bytes of `tensor` with every third element as in `other`, of the same dtype. */
function mixed(tensor: FilledTensor, other: FilledTensor): FilledTensor {
  const size = byteLength(tensor.dtype, 1);
  const data = tensor.data.slice();
  for (let at = 0; at < data.length; at += 3 * size) data.set(other.data.subarray(at, at + size), at);
  return { ...tensor, data };
}

const DTYPES: readonly Dtype[] = ['F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2', 'F64', 'I32', 'U8'];

for (const dtype of DTYPES) {
  test(`${dtype} against itself and against BF16, tensors of odd sizes, some values special`, async (t) => {
    const folder = await temporaryFolder(t);
    const shapes = [[3, 5], [1], [1500, 3], [17], [40, 1024], [0, 4]];
    const own = shapes.map((shape, index) => filled({ name: `t${index}`, dtype, shape }, 3));
    const other = own.map((tensor) => mixed(filled(tensor, 11), tensor));
    const narrow = shapes.map((shape, index) => filled({ name: `t${index}`, dtype: 'BF16', shape }, 5));
    await writeModel(join(folder, 'a'), [own.slice(0, 3), own.slice(3)]);
    // the other's shards are in another order
    await writeModel(join(folder, 'b'), [other.slice(4), other.slice(0, 4)]);
    await writeModel(join(folder, 'c'), [narrow]);
    const open = (name: string): ReturnType<typeof readLocalCheckpoint> => readLocalCheckpoint(join(folder, name));
    for (const [name, tensors] of [
      ['b', other],
      ['c', narrow],
    ] as const) {
      const result = await diff(await open('a'), await open(name), 0);
      t.is(result.tensors.length, shapes.length);
      for (const [index, one] of own.entries()) {
        const found = result.tensors.find((tensor) => tensor.name === one.name);
        const wanted = expected(one, tensors[index] ?? one);
        const { elements = 0, identical, maxAbsolute } = wanted;
        t.like(found, { elements, identical }, `${name} ${one.name}`);
        // differences are taken in f32
        const near = (value: number | undefined, of: number | undefined): boolean =>
          value === of || Math.abs((value ?? 0) - (of ?? 0)) <= 2e-6 * Math.abs(of ?? 0) + 1e-7;
        t.true(near(found?.maxAbsolute, maxAbsolute), `${name} ${one.name}: ${found?.maxAbsolute}, ${maxAbsolute}`);
        if (elements === 0) continue;
        for (const key of ['relativeL2', 'cosine'] as const) {
          if (Number.isNaN(wanted[key])) continue;
          t.true(near(found?.[key], wanted[key]), `${name} ${one.name} ${key}: ${found?.[key]}, ${wanted[key]}`);
        }
      }
    }
    const same = await diff(await open('a'), await open('a'), 0);
    t.deepEqual(same.beyond, []);
    t.is(same.identicalShare, 1);
  });
}

test('NaN equals NaN, infinities equal themselves, all else is infinitely far; tiny and huge values are not lost', async (t) => {
  const folder = await temporaryFolder(t);
  const write = async (name: string, values: readonly number[]): ReturnType<typeof readLocalCheckpoint> => {
    const data = new Uint8Array(new Float32Array(values).buffer);
    await writeModel(join(folder, name), [[{ name: 'w', dtype: 'F32', shape: [values.length], data }]]);
    return readLocalCheckpoint(join(folder, name));
  };
  const special = [Number.NaN, Infinity, -Infinity, 0, 1];
  const a = await write('a', special);
  t.like((await diff(a, await write('b', [Number.NaN, Infinity, -Infinity, -0, 1]), 0)) as object, {
    identicalShare: 1,
    beyond: [],
  });
  const far = await diff(a, await write('c', [Number.NaN, Infinity, Infinity, 0, 1]), 0);
  t.like(far.tensors[0], { identical: 4, maxAbsolute: Infinity, relativeL2: 0, cosine: 1 });
  for (const scale of [1e-30, 1e30]) {
    const [x, y] = [await write(`x${scale}`, [scale, 2 * scale]), await write(`y${scale}`, [scale, 3 * scale])];
    const [one] = (await diff(x, y, 0)).tensors;
    t.true(Math.abs((one?.relativeL2 ?? 0) - Math.sqrt(1 / 5)) < 1e-6, `${scale}: ${one?.relativeL2}`);
  }
});

test('progress ends at the bytes of both models, and an abort stops it', async (t) => {
  const [a, b] = [
    await readLocalCheckpoint('fixtures/mini-cocktail/base'),
    await readLocalCheckpoint('fixtures/mini-cocktail/ft-python'),
  ];
  const seen: number[] = [];
  await diff(a, b, 0, undefined, undefined, ({ read, total }) => seen.push(read / total));
  t.is(seen.at(-1), 1);
  await t.throwsAsync(diff(a, b, 0, AbortSignal.abort(new Error('enough'))), { message: 'enough' });
});
