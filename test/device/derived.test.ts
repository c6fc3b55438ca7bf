import { open } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { openLocalSource } from '../../src/models/checkpoint/files/local-source.ts';
import { createCpuDevice } from '../../src/devices/cpu/device.ts';
import type { ByteSource } from '../../src/elements/byte-source.ts';
import type { Chunk, ChunkInput } from '../../src/plan/chunks/chunk.ts';
import { cutChunks } from '../../src/plan/chunks/cut.ts';
import { decode } from '../support/reference.ts';
import { weightLike } from '../support/special-values.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** A tensor of two matrices of 37 rows and 2,001 columns, in blocks of 16 × 128. */
const GRID = { rows: 37, columns: 2001, blockRows: 16, blockColumns: 128 };
const ELEMENTS = 2 * GRID.rows * GRID.columns;
const SCALES = 2 * 3 * 16;
/** In the file: three bytes before, scales in BF16, then the float8 numbers; or Q8_0's blocks. */
const BEGIN = 3;

const LIMITS = { inputBytes: 2 ** 20, outputBytes: 2 ** 20 };

interface DerivedCase {
  readonly bytes: Uint8Array;
  readonly input: ChunkInput;
  readonly elements: number;
  readonly value: (element: number) => number;
}

function scaled(): DerivedCase {
  // all codes, NaN too; one scale that takes the shortcut of E4M3 out of f32's range
  const numbers = Uint8Array.from({ length: ELEMENTS }, (_, i) => (i % 2001 < 300 ? i : i % 127));
  const scales = weightLike('BF16', SCALES, 2);
  scales.set([0x80, 0x7e], 2 * 17);
  const ranges = [{ file: 0, begin: BEGIN + scales.byteLength, end: BEGIN + scales.byteLength + numbers.byteLength }];
  const whole = { dtype: 'BF16', ranges: [{ file: 0, begin: BEGIN, end: BEGIN + scales.byteLength }] } as const;
  const { rows, columns } = GRID;
  return {
    bytes: Buffer.concat([new Uint8Array(BEGIN), scales, numbers]),
    input: { dtype: 'F8_E4M3', ranges, derive: { first: 0, encoding: { kind: 'scaled', ...GRID, scales: whole } } },
    elements: ELEMENTS,
    value(element) {
      const [row, column] = [Math.floor(element / columns), element % columns];
      const [matrix, inMatrix] = [Math.floor(row / rows), row % rows];
      const scale = (matrix * 3 + Math.floor(inMatrix / 16)) * 16 + Math.floor(column / 128);
      return Math.fround(decode('F8_E4M3', numbers, element) * decode('BF16', scales, scale));
    },
  };
}

function q8(): DerivedCase {
  const elements = 32 * 5000;
  const bytes = new Uint8Array(BEGIN + 34 * 5000);
  const scales = weightLike('F16', 5000, 3);
  for (let at = BEGIN; at < bytes.length; at++) bytes[at] = (at * 7919) % 256;
  for (let block = 0; block < 5000; block++) bytes.set(scales.subarray(2 * block, 2 * block + 2), BEGIN + 34 * block);
  const view = new DataView(bytes.buffer);
  const ranges = [{ file: 0, begin: BEGIN, end: bytes.length }];
  return {
    bytes,
    input: { dtype: 'I8', ranges, derive: { first: 0, encoding: { kind: 'q8_0' } } },
    elements,
    value(element) {
      const block = Math.floor(element / 32);
      return Math.fround(decode('F16', scales, block) * view.getInt8(BEGIN + 34 * block + 2 + (element % 32)));
    },
  };
}

for (const [name, make] of Object.entries({ scaled, q8 })) {
  for (const kind of ['a file', 'a source without descriptor'] as const) {
    test(`${name} operands from ${kind} are what their scales say, however they are cut`, async (t) => {
      const { bytes, input, elements, value } = make();
      const folder = await temporaryFolder(t);
      const [from, to] = [join(folder, 'in'), join(folder, 'out')];
      await using file = await open(from, 'w');
      await file.write(bytes);
      await using out = await open(to, 'w+');
      await using source = await openLocalSource(from);
      const sources: ByteSource[] = [{ ...source, fd: kind === 'a file' ? source.fd : undefined }];
      const sinks = [{ label: to, fd: out.fd, write: () => Promise.reject(new Error('not by the cpu device')) }];
      await using device = createCpuDevice();
      await using lane = await device.createLane(LIMITS, { inputs: sources, outputs: sinks });
      for (const chunkBytes of [20_000, 60_000, 250_000]) {
        await out.truncate(0);
        const span: Chunk = {
          kernel: 'convert',
          elements,
          inputs: [input],
          outputs: [{ dtype: 'F32', file: 0, begin: 0, weights: [] }],
          onOverflow: 'inf',
          tensors: [{ name, end: elements }],
        };
        const chunks = [...cutChunks([span], chunkBytes, LIMITS)];
        t.true(chunks.length > 1);
        for (const chunk of chunks) await lane.run(chunk);
        const values = new Float32Array(elements);
        await out.read(new Uint8Array(values.buffer), 0, values.byteLength, 0);
        const wrong = values.findIndex((found, element) => !Object.is(found, value(element)));
        t.is(wrong, -1, `element ${wrong}: ${values[wrong]}, expected ${value(Math.max(0, wrong))}`);
      }
    });
  }
}
