import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { openLocalSource } from '../../src/models/checkpoint/files/local-source.ts';
import type { Encoding } from '../../src/elements/encoding.ts';
import type { ByteSink } from '../../src/devices/device.ts';
import type { FloatDtype } from '../../src/dtype.ts';
import type { Chunk, ChunkInput } from '../../src/plan/chunks/chunk.ts';
import type { ByteRange } from '../../src/elements/byte-range.ts';
import { cutChunks } from '../../src/plan/chunks/cut.ts';
import type { WholeOperand } from '../../src/plan/derived-operand.ts';
import { testOnDevices } from '../support/devices.ts';
import { decode } from '../support/reference.ts';
import { weightLike } from '../support/special-values.ts';
import { temporaryFolder } from '../support/temporary.ts';

// Operands that every device derives: adapters, rows of a length, float8 with scales. Odd shapes are derived.test.ts's.

const [ROWS, COLUMNS, RANK] = [37, 136, 5];
const LIMITS = { inputBytes: 2 ** 20, outputBytes: 2 ** 20 };

interface Value {
  readonly value: number;
  /** How far a device may be from it. */
  readonly within: number;
}

interface DerivedCase {
  readonly input: ChunkInput;
  readonly elements: number;
  readonly values: readonly Value[];
}

/** What a case puts into the one input file, at odd places. */
class FileBytes {
  readonly #parts: Uint8Array[] = [];
  #end = 0;

  add(bytes: Uint8Array): ByteRange[] {
    this.#parts.push(new Uint8Array(3), bytes);
    this.#end += 3 + bytes.length;
    return [{ file: 0, begin: this.#end - bytes.length, end: this.#end }];
  }

  all(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

/** A matrix of `count` elements in the file, and how it is read. */
function stored(file: FileBytes, dtype: FloatDtype, count: number, seed: number) {
  const bytes = weightLike(dtype, count, seed);
  const operand: WholeOperand = { dtype, ranges: file.add(bytes) };
  return { operand, at: (index: number) => decode(dtype, bytes, index) };
}

function adapter(file: FileBytes, form: { transposed: boolean; rows: boolean }, dtype: FloatDtype): DerivedCase {
  const base = stored(file, dtype, ROWS * COLUMNS, 1);
  const left = stored(file, 'BF16', ROWS * RANK, 2);
  const right = stored(file, 'F16', RANK * COLUMNS, 3);
  const magnitude = stored(file, 'BF16', ROWS, 4);
  const [scale, { transposed }] = [1.6, form];
  const lengths = form.rows ? { magnitude: magnitude.operand, base: base.operand } : undefined;
  const shape = { rows: ROWS, columns: COLUMNS, rank: RANK, scale, transposed };
  const encoding: Encoding<WholeOperand> = {
    kind: 'low_rank',
    ...shape,
    left: left.operand,
    right: right.operand,
    lengths,
  };
  const sums = Array.from({ length: ROWS * COLUMNS }, (_, index) => {
    const [row, column] = [Math.floor(index / COLUMNS), index % COLUMNS];
    let [value, size] = [base.at(index), Math.abs(base.at(index))];
    for (let r = 0; r < RANK; r++) {
      const l = left.at(transposed ? r * ROWS + row : row * RANK + r);
      const x = right.at(transposed ? column * RANK + r : r * COLUMNS + column);
      value += scale * l * x;
      size += Math.abs(scale * l * x);
    }
    return { value, within: size * 2 ** -21 };
  });
  const factors = Array.from({ length: ROWS }, (_, row) => {
    const squares = sums.slice(row * COLUMNS, (row + 1) * COLUMNS).reduce((sum, { value }) => sum + value ** 2, 0);
    return form.rows ? magnitude.at(row) / Math.sqrt(squares) : 1;
  });
  return {
    input: { dtype, ranges: base.operand.ranges, derive: { first: 0, encoding } },
    elements: ROWS * COLUMNS,
    values: sums.map(({ value, within }, index) => {
      const factor = factors[Math.floor(index / COLUMNS)] ?? NaN;
      return { value: value * factor, within: within * Math.abs(factor) * 4 };
    }),
  };
}

/** Two matrices, one behind the other, in blocks of 16 × 32. */
function scaled(file: FileBytes): DerivedCase {
  const elements = 2 * ROWS * COLUMNS;
  const numbers = stored(file, 'F8_E4M3', elements, 1);
  const scales = stored(file, 'BF16', 2 * 3 * 5, 2);
  const grid = { rows: ROWS, columns: COLUMNS, blockRows: 16, blockColumns: 32 };
  const encoding: Encoding<WholeOperand> = { kind: 'scaled', ...grid, scales: scales.operand };
  return {
    input: { dtype: 'F8_E4M3', ranges: numbers.operand.ranges, derive: { first: 0, encoding } },
    elements,
    values: Array.from({ length: elements }, (_, index) => {
      const [row, column] = [Math.floor(index / COLUMNS), index % COLUMNS];
      const block = Math.floor(row / ROWS) * 3 + Math.floor((row % ROWS) / 16);
      const value = numbers.at(index) * scales.at(block * 5 + Math.floor(column / 32));
      return { value: Math.fround(value), within: 0 };
    }),
  };
}

const CASES: Readonly<Record<string, (file: FileBytes) => DerivedCase>> = {
  'an adapter': (file) => adapter(file, { transposed: false, rows: false }, 'BF16'),
  'an adapter of a transposed matrix': (file) => adapter(file, { transposed: true, rows: false }, 'F32'),
  'an adapter that says how long rows are': (file) => adapter(file, { transposed: false, rows: true }, 'F16'),
  'float8 with scales': scaled,
};

/** Half of each input; of one, all of it. */
function spanOf(inputs: readonly ChunkInput[], elements: number, dtype: FloatDtype): Chunk {
  return {
    kernel: 'weighted_sum',
    elements,
    inputs,
    outputs: [{ dtype, file: 0, begin: 0, weights: inputs.map(() => 1 / inputs.length) }],
    onOverflow: 'inf',
    tensors: [{ name: 'weight', end: elements }],
  };
}

for (const [name, make] of Object.entries(CASES)) {
  testOnDevices(`${name} is derived, alone and beside a plain operand, however it is cut`, async (t, { create }) => {
    const file = new FileBytes();
    const { input, elements, values } = make(file);
    const plain = stored(file, 'BF16', elements, 9);
    const folder = await temporaryFolder(t);
    const [from, to] = [join(folder, 'in'), join(folder, 'out')];
    await using written = await open(from, 'w');
    await written.write(file.all());
    await using out = await open(to, 'w+');
    const sink: ByteSink = {
      label: to,
      fd: out.fd,
      write: async (bytes, at) => void (await out.write(bytes, 0, bytes.length, at)),
    };
    await using source = await openLocalSource(from);
    await using device = await create({ derives: true });
    await using lane = await device.createLane(LIMITS, { inputs: [source], outputs: [sink] });
    const beside: ChunkInput = { dtype: 'BF16', ranges: plain.operand.ranges };
    for (const inputs of [[input], [beside, input], [input, input]]) {
      const span = spanOf(inputs, elements, 'F32');
      for (const chunkBytes of [9_000, 20_000, 2 ** 20]) {
        await out.truncate(0);
        for (const chunk of cutChunks([span], chunkBytes, LIMITS)) {
          t.true(device.supports(chunk));
          await lane.run(chunk);
        }
        const found = new Float32Array(elements);
        await out.read(new Uint8Array(found.buffer), 0, found.byteLength, 0);
        const wrong = values.findIndex(({ value, within }, index) => {
          const [wanted, room] = inputs[0] === beside ? [(plain.at(index) + value) / 2, 2 ** -23] : [value, 0];
          return !(Math.abs((found[index] ?? NaN) - wanted) <= within + room * (Math.abs(wanted) + Math.abs(value)));
        });
        t.is(wrong, -1, `element ${wrong}: ${found[wrong]}, expected ${values[wrong]?.value}`);
      }
    }
  });
}

for (const [name, make] of Object.entries(CASES)) {
  testOnDevices(`${name}: statistics see what is derived`, async (t, { create }) => {
    const file = new FileBytes();
    const { input, elements, values } = make(file);
    const plain = stored(file, 'BF16', elements, 9);
    const from = join(await temporaryFolder(t), 'in');
    await using written = await open(from, 'w');
    await written.write(file.all());
    await using source = await openLocalSource(from);
    await using device = await create({ derives: true });
    await using lane = await device.createLane(LIMITS, { inputs: [source], outputs: [] });
    const chunk: Chunk = {
      ...spanOf([{ dtype: 'BF16', ranges: plain.operand.ranges }, input], elements, 'F32'),
      kernel: 'statistic',
      outputs: [],
      statistic: { kind: 'gram', difference: false, per: 'tensor' },
      part: { first: 0, elements, rowLength: COLUMNS, unit: 16_384 },
    };
    t.true(device.supports(chunk));
    const { numbers = [] } = await lane.run(chunk);
    const other = Array.from({ length: elements }, (_, index) => plain.at(index));
    const own = values.map(({ value }) => value);
    const dot = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((sum, x, i) => sum + x * (b[i] ?? NaN), 0);
    const expected = [dot(other, other), dot(other, own), dot(own, own)];
    const scale = Math.sqrt(expected[0] ?? NaN) * Math.sqrt(expected[2] ?? NaN);
    t.is(numbers.length, 3);
    for (const [p, wanted] of expected.entries()) {
      const room = 1e-5 * (p === 1 ? scale : wanted);
      t.true(Math.abs((numbers[p] ?? NaN) - wanted) <= room, `${p}: ${numbers[p]}, expected ${wanted}`);
    }
  });
}

testOnDevices('rows that are no multiple of eight are left to the cpu device', async (t, { create }) => {
  await using device = await create({ derives: true });
  const whole = { dtype: 'F32', ranges: [] } as const;
  const shape = { rows: 2, columns: 12, rank: 1, scale: 1, transposed: false };
  const encoding: Encoding<WholeOperand> = { kind: 'low_rank', ...shape, left: whole, right: whole };
  const input: ChunkInput = { dtype: 'BF16', ranges: [], derive: { first: 0, encoding } };
  t.is(device.supports(spanOf([input], 24, 'BF16')), device.kind === 'cpu');
});
