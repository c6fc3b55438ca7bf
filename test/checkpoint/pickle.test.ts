import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { readPickledTensors } from '../../src/models/checkpoint/pickle/read-pickle.ts';
import { readLocalCheckpoint } from '../../src/models/checkpoint/files/local.ts';
import { SwizzleError } from '../../src/errors.ts';
import { diff } from '../../src/commands/diff.ts';
import { MemorySource } from '../support/memory-source.ts';
import { op, pickled, storage, tensor } from '../support/pickle.ts';
import { makeZip } from '../support/zip.ts';

const FOLDER = 'fixtures/forms/pickled';

for (const name of ['views', 'wrapped']) {
  test(`${name}.pt: every tensor is what torch says it is`, async (t) => {
    const expected = await readLocalCheckpoint(`${FOLDER}/views.safetensors`);
    const found = await readLocalCheckpoint(`${FOLDER}/${name}.pt`);
    const { beyond, tensors, identicalShare } = await diff(found, expected, 0);
    t.deepEqual(beyond, []);
    t.is(tensors.length, 22);
    t.is(identicalShare, 1);
    for (const { name, dtype, shape } of expected.tensors.values()) {
      t.deepEqual([found.tensors.get(name)?.dtype, found.tensors.get(name)?.shape], [dtype, shape]);
    }
  });
}

test('a view is one range where its elements lie together, tied tensors share it', async (t) => {
  const { tensors } = await readLocalCheckpoint(`${FOLDER}/views.pt`);
  const place = (name: string): unknown => {
    const found = tensors.get(name);
    return [found?.begin, found?.end, found?.ranges?.length];
  };
  const begin = tensors.get('whole')?.begin ?? 0;
  t.deepEqual(place('whole'), [begin, begin + 240, undefined]);
  t.deepEqual(place('tied'), place('whole'));
  t.deepEqual(place('rows'), [begin + 80, begin + 200, undefined]);
  t.deepEqual(place('columns'), [begin + 12, begin + 28, 6]);
  t.deepEqual(place('transposed'), [begin, begin + 4, 60]);
});

test('zip with 64-bit sizes', async (t) => {
  const bytes = pickled(op.dict(op.text('w'), tensor(storage('0', 4), [3], { offset: 1 })), [], { zip64: true });
  const [found] = await readPickledTensors(new MemorySource(bytes));
  t.is(found?.name, 'w');
  t.deepEqual([...new Float32Array(Uint8Array.from(bytes.subarray(found?.begin, found?.end)).buffer)], [2, 3, 4]);
});

const whole = op.dict(op.text('w'), tensor(storage('0', 4), [4]));
const call = (module: string, name: string, argument: string): string => {
  return `${op.global(module, name)}${op.tuple(op.text(argument))}R`;
};
const data = new Uint8Array(16);

const WRONG: Record<string, [Uint8Array, RegExp]> = {
  'os.system': [pickled(call('posix', 'system', 'touch /tmp/executed')), /"posix\.system".*not executed/],
  eval: [pickled(op.dict(op.text('w'), call('builtins', 'eval', '1'))), /"builtins\.eval"/],
  'a stacked name': [pickled(`${op.text('os')}${op.text('system')}\x93`), /"os\.system"/],
  getattr: [pickled(call('__builtin__', 'getattr', 'x')), /"__builtin__\.getattr"/],
  'a class of argparse': [
    pickled(op.dict(op.text('args'), op.global('argparse', 'Namespace'))),
    /"argparse\.Namespace"/,
  ],
  'another function of torch': [pickled(call('torch', 'load', 'x')), /"torch\.load"/],
  'a storage called': [pickled(call('torch', 'FloatStorage', 'x')), /torch\.FloatStorage called/],
  'operation i (INST)': [pickled(`(${op.text('x')}ios\nsystem\n`), /operation 0x69/],
  'operation 0x81 (NEWOBJ)': [pickled(`${op.global('collections', 'OrderedDict')})\x81`), /operation 0x81/],
  'a state for a tensor': [pickled(`${tensor(storage('0', 4), [4])}}b`), /a state of its own/],
  'a reference to nothing': [pickled('h\x07'), /object 7/],
  'an unfinished pickle': [makeZip([{ name: 'm/data.pkl', data: Buffer.from('\x80\x02}', 'latin1') }]), /nothing more/],
  'operands missing': [pickled('R'), /without its operands/],
  'no dictionary': [pickled(tensor(storage('0', 4), [4])), /no dictionary/],
  'no tensors': [pickled(op.dict(op.text('a'), op.int(1))), /no tensors/],
  'something beside tensors': [
    pickled(op.dict(op.text('w'), tensor(storage('0', 4), [4]), op.text('n'), op.int(1))),
    /"n" is no tensor/,
  ],
  'a complex storage': [
    pickled(op.dict(op.text('w'), tensor(storage('0', 4, 'ComplexFloatStorage'), [4]))),
    /torch\.ComplexFloatStorage/,
  ],
  'a negative offset': [pickled(op.dict(op.text('w'), tensor(storage('0', 4), [1], { offset: -1 }))), /-1 as offset/],
  'a view behind its storage': [
    pickled(op.dict(op.text('w'), tensor(storage('0', 4), [4], { offset: 1 }))),
    /tensor "w": reaches to byte \d+ of the file, its storage ends at \d+/,
  ],
  'more elements than memory': [
    pickled(op.dict(op.text('w'), tensor(storage('0', 4), [2 ** 30, 2 ** 30], { strides: [2 ** 30, 1] }))),
    /too many elements/,
  ],
  'a view in pieces': [
    pickled(op.dict(op.text('w'), tensor(storage('0', 4), [70_000], { strides: [2] }))),
    /tensor "w".*strides \[2\].*contiguous\(\)/,
  ],
  'sizes without strides': [pickled(op.dict(op.text('w'), tensor(storage('0', 4), [2, 2]))), /2 sizes and 1 strides/],
  'a storage that is not there': [pickled(op.dict(op.text('w'), tensor(storage('7', 4), [4]))), /storage 7/],
  'a storage shorter than said': [
    pickled(op.dict(op.text('w'), tensor(storage('0', 5), [4]))),
    /of 20 bytes.*holds 16/,
  ],
  'a compressed storage': [pickled(whole, [{ name: 'm/data/0', data, method: 8 }]), /"m\/data\/0": is compressed/],
  'a bomb': [pickled(whole, [{ name: 'm/data/0', data, size: 2 ** 31 }]), /16 bytes and to unpack to 2147483648/],
  'an encrypted member': [pickled(whole, [{ name: 'm/data/0', data, flags: 1 }]), /encrypted/],
  'a member outside the file': [
    pickled(whole, [{ name: 'm/data/0', data, size: 5000, stored: 5000 }]),
    /takes 5000 bytes from byte \d+ on/,
  ],
  'a member without a header': [pickled(whole, [{ name: 'm/data/0', data, header: 3 }]), /does not begin at byte 3/],
  'a member twice': [makeZip([0, 1].map(() => ({ name: 'm/data.pkl', data }))), /"m\/data\.pkl" twice/],
  'more members said than there are': [pickled(whole, [], { count: 9 }), /9 members, found only 2/],
  'another byte order': [pickled(whole, [{ name: 'm/byteorder', data: Buffer.from('big') }]), /byte order "big"/],
  'a TorchScript program': [pickled(whole, [{ name: 'm/constants.pkl', data }]), /TorchScript/],
  'a zip of something else': [makeZip([{ name: 'a.txt', data }]), /none that torch\.save wrote/],
  'the format before torch 1.6': [readFileSync(`${FOLDER}/legacy.pt`), /before 1\.6.*torch\.save\(/],
  'a text': [Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /no file that torch\.save wrote/],
  'an empty file': [new Uint8Array(), /is empty/],
  'a file cut short': [pickled(whole).subarray(0, -30), /cut short/],
};

for (const [name, [bytes, message]] of Object.entries(WRONG)) {
  test(`refused: ${name}`, async (t) => {
    const error = await t.throwsAsync(readPickledTensors(new MemorySource(bytes)), {
      instanceOf: SwizzleError,
      message,
    });
    t.is(error?.code, 'checkpoint');
    t.true(error?.message.startsWith('memory: '));
  });
}

test('a damaged file is read or refused, never anything else', async (t) => {
  const bytes = readFileSync(`${FOLDER}/views.pt`);
  const length = bytes.indexOf('views/.format_version');
  t.true(length > 1000);
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: length }), fc.integer({ min: 0, max: 255 }), async (at, value) => {
      const damaged = Uint8Array.from(bytes);
      damaged[at] = value;
      await readPickledTensors(new MemorySource(damaged)).catch((error: unknown) => {
        refused++;
        if (!(error instanceof SwizzleError && error.code === 'checkpoint')) throw error;
      });
    }),
    { numRuns: 500 },
  );
  t.true(refused > 50);
});
