import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { encodeHeader, type NewTensor } from '../../src/models/checkpoint/header/encode-header.ts';
import { elementCount, readHeader } from '../../src/models/checkpoint/header/header.ts';
import { byteLength, DTYPES, isDtype } from '../../src/dtype.ts';
import { SwizzleError } from '../../src/errors.ts';
import { MemorySource } from '../support/memory-source.ts';

const MALFORMED = 'fixtures/safetensors/malformed';

for (const name of readdirSync(MALFORMED)) {
  test(`malformed: ${name}`, async (t) => {
    const source = new MemorySource(readFileSync(`${MALFORMED}/${name}`));
    const error = await t.throwsAsync(readHeader(source), { instanceOf: SwizzleError });
    t.is(error.code, 'safetensors');
    t.is(error.exitCode, 2);
    t.true(
      name.startsWith(String(error.details['fault'])),
      `${name} reported as ${String(error.details['fault'])}: ${error.message}`,
    );
    t.true(error.message.startsWith('memory: '));
  });
}

test('messages name tensor, found and expected', async (t) => {
  const message = async (name: string): Promise<string> => {
    const error = await t.throwsAsync(readHeader(new MemorySource(readFileSync(`${MALFORMED}/${name}.safetensors`))));
    return error.message;
  };
  t.is(await message('wrong-size'), 'memory: tensor "a": shape [3] of F32 takes 12 bytes, data_offsets give 8');
  t.is(await message('hole'), 'memory: 4 unused bytes between tensor "a" and tensor "b"');
  t.is(await message('unknown-dtype'), 'memory: tensor "a": unknown dtype "F12"');
});

test('exact bytes: the header of a small file', (t) => {
  const bytes = encodeHeader([{ name: 'w', dtype: 'BF16', shape: [2, 3] }], { format: 'pt' });
  const json = '{"__metadata__":{"format":"pt"},"w":{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]}}';
  t.is(Buffer.from(bytes.subarray(8)).toString(), json.padEnd(Math.ceil(json.length / 8) * 8));
  t.is(new DataView(bytes.buffer).getBigUint64(0, true), BigInt(bytes.byteLength - 8));
  t.is(bytes.byteLength % 8, 0);
});

test('a header is read in two reads and no tensor data', async (t) => {
  const header = encodeHeader([{ name: 'w', dtype: 'F32', shape: [1000] }], {});
  const source = new MemorySource(Buffer.concat([header, Buffer.alloc(4000)]));
  const { tensors } = await readHeader(source);
  t.deepEqual(source.reads, [
    { position: 0, length: 8 },
    { position: 8, length: header.byteLength - 8 },
  ]);
  t.deepEqual(tensors, [
    { name: 'w', dtype: 'F32', shape: [1000], begin: header.byteLength, end: header.byteLength + 4000 },
  ]);
});

const dtype = fc.constantFrom(...Object.keys(DTYPES).filter(isDtype));
const shape = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 });
const tensors = fc.uniqueArray(
  fc.record({
    name: fc.string({ unit: 'binary', minLength: 1 }).filter((name) => name !== '__metadata__'),
    dtype,
    shape,
  }),
  { selector: ({ name }) => name, maxLength: 12 },
);

test('property: what is written is read back, in order, for any names, dtypes and shapes', async (t) => {
  await fc.assert(
    fc.asyncProperty(tensors, fc.dictionary(fc.string(), fc.string()), async (written: NewTensor[], metadata) => {
      const header = encodeHeader(written, metadata);
      const data = written.reduce((sum, one) => sum + byteLength(one.dtype, elementCount(one.shape)), 0);
      const read = await readHeader(new MemorySource(Buffer.concat([header, Buffer.alloc(data)])));
      const plain = (list: readonly NewTensor[]): NewTensor[] =>
        list.map((one) => ({ name: one.name, dtype: one.dtype, shape: one.shape }));
      const empty = (list: readonly NewTensor[]): boolean => list.some((one) => elementCount(one.shape) === 0);
      // empty tensors share an offset with a neighbour, so that their order in the file is open
      if (empty(written))
        t.deepEqual(new Set(read.tensors.map(({ name }) => name)), new Set(written.map(({ name }) => name)));
      else t.deepEqual(plain(read.tensors), plain(written));
      t.deepEqual(new Map(Object.entries(read.metadata)), new Map(Object.entries(metadata)));
    }),
    { numRuns: 300 },
  );
});
