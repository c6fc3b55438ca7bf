import test, { type ExecutionContext } from 'ava';
import { createCpuDevice } from '../../src/devices/cpu/device.ts';
import type { FloatDtype } from '../../src/dtype.ts';
import type { Keep, Statistic } from '../../src/plan/kernel/statistics.ts';
import { type LaneCase, LaneHarness } from '../support/lane-harness.ts';
import { operandsOf } from '../support/reference-elementwise.ts';
import { difference, magnitudeBits, spread } from '../support/reference-keep.ts';
import { statistic } from '../support/reference-statistics.ts';
import { type PartOperands, partOperands, statisticCase } from '../support/part-case.ts';
import { sampled } from '../support/sample.ts';
import { FLOATS } from '../support/special-values.ts';

// Statistics of the CPU device against the reference: kinds × dtypes × sizes × places × special values.

interface Row {
  readonly operands: PartOperands;
  readonly what: Statistic;
  readonly rest?: Partial<LaneCase>;
}

async function check(t: ExecutionContext, rows: Iterable<Row>): Promise<void> {
  await using harness = await LaneHarness.create(createCpuDevice());
  let numbers = 0;
  for (const { operands, what, rest } of sampled(rows, 5)) {
    const one = statisticCase(operands, what, rest);
    const wanted = statistic(operandsOf(operands.inputs, operands.elements), what, operands.part);
    for (const lane of ['files', 'sources'] as const) {
      const { report } = await harness.run(one, lane);
      const got = report.numbers ?? new Float64Array();
      const title = `${what.kind} of ${operands.inputs.map(({ dtype }) => dtype).join('+')}, ${operands.elements} elements`;
      t.is(got.length, wanted.length, title);
      const wrong = wanted.findIndex(({ value, error }, i) => !(Math.abs((got[i] ?? NaN) - value) <= error));
      t.is(wrong, -1, `${title}: number ${wrong} is ${got[wrong]}, expected ${JSON.stringify(wanted[wrong])}`);
      numbers += got.length;
    }
  }
  t.log(`${numbers} numbers`);
  t.true(numbers > 0);
}

const SIZES = [1, 7, 16, 1023, 1025, 16_383, 16_385, 40_000];

const PAIRS: readonly (readonly FloatDtype[])[] = [
  ...FLOATS.map((dtype) => [dtype, dtype]),
  ['BF16', 'F32'],
  ['F16', 'BF16', 'F8_E4M3'],
];

for (const wide of [false, true]) {
  test(`gram of a tensor${wide ? ' in f64' : ''}`, (t) => {
    const tensor = (difference: boolean): Statistic => ({
      kind: 'gram',
      difference,
      per: 'tensor',
      ...(wide && { wide }),
    });
    return check(t, [
      ...PAIRS.flatMap((dtypes) =>
        [false, true].map((special) => {
          return { operands: partOperands(dtypes, 17_500, {}, special), what: tensor(special) };
        }),
      ),
      ...SIZES.map((size) => ({ operands: partOperands(['BF16', 'BF16'], size), what: tensor(false) })),
      {
        operands: partOperands(['BF16', 'BF16', 'BF16', 'F32'], 40_000, { first: 32_768 }),
        what: tensor(true),
        rest: { pieces: 3 },
      },
      { operands: partOperands(['F64', 'F64'], 150_000), what: tensor(true) },
    ]);
  });
}

test('gram of rows and columns', (t) => {
  const per = (kind: 'row' | 'column', difference = false): Statistic => ({ kind: 'gram', difference, per: kind });
  const rows = [1, 3, 17, 1024, 2500].flatMap((rowLength) => {
    const elements = rowLength * 7;
    const place = { first: rowLength * 6, elements: rowLength * 13, rowLength };
    return [false, true].flatMap((special) => [
      { operands: partOperands(['BF16', 'BF16'], elements, { ...place, unit: rowLength }, special), what: per('row') },
      {
        operands: partOperands(['F32', 'BF16', 'F16'], elements, { ...place, unit: rowLength }, special),
        what: per('row', true),
      },
      {
        operands: partOperands(['F32', 'BF16', 'F16'], elements, { ...place, unit: rowLength * 3 }, special),
        what: per('column', true),
      },
      {
        operands: partOperands(['BF16', 'BF16'], elements, { ...place, unit: rowLength * 3 }, special),
        what: per('column'),
      },
    ]);
  });
  const wide = { rowLength: 160_000, unit: 160_000 };
  return check(t, [
    ...rows,
    { operands: partOperands(['F64', 'F64'], 320_000, wide), what: per('row') },
    { operands: partOperands(['F64', 'F64'], 140 * 1000, { rowLength: 1000, unit: 64_000 }), what: per('column') },
  ]);
});

test('histograms, first and narrowed', (t) => {
  const rows: Row[] = [];
  for (const dtypes of [...PAIRS, ['BF16', 'BF16', 'BF16']] as readonly (readonly FloatDtype[])[]) {
    for (const special of [false, true]) {
      for (const size of [1, 15, 1025, 5000]) {
        const operands = partOperands(dtypes, size, { rowLength: Math.ceil(size / 3) }, special);
        const values = operandsOf(operands.inputs, size);
        const bits = magnitudeBits(difference(values, 1, Math.floor(size / 2)));
        const inputs = dtypes.slice(1).map((_, i) => i + 1);
        const first = inputs.map((input) => ({ input, prefix: undefined }));
        const narrowed = inputs.flatMap((input) => [0, bits >>> 19, 1].map((prefix) => ({ input, prefix })));
        const rowsOf = Float32Array.from({ length: 3 }, (_, i) => (i + 1) * 1e-3);
        const histogram = { kind: 'histogram', value: { kind: 'difference' } } as const;
        rows.push(
          { operands, what: { ...histogram, shift: 19, bits: 12, targets: first } },
          { operands, what: { ...histogram, shift: 8, bits: 11, targets: narrowed } },
          { operands, what: { ...histogram, shift: 0, bits: 8, targets: [{ input: 1, prefix: bits >>> 8 }] } },
          {
            operands,
            what: { ...histogram, value: { kind: 'spread' }, shift: 20, bits: 11, targets: first.slice(0, 1) },
          },
          {
            operands,
            what: {
              ...histogram,
              value: { kind: 'importance', rows: rowsOf },
              shift: 19,
              bits: 12,
              targets: first.slice(0, 1),
            },
          },
        );
      }
    }
  }
  rows.push({
    operands: partOperands(['F64', 'F64'], 150_000),
    what: {
      kind: 'histogram',
      value: { kind: 'difference' },
      shift: 19,
      bits: 12,
      targets: [{ input: 1, prefix: undefined }],
    },
  });
  return check(t, rows);
});

test('locate', (t) => {
  const operands = partOperands(['F64', 'F64', 'F64'], 150_000);
  const values = operandsOf(operands.inputs, operands.elements);
  const bits = [10, 3000, 149_999].map((index) => magnitudeBits(difference(values, 1, index)));
  const targets = [...bits, 0].flatMap((one) => [0, 1, 7].map((nth) => ({ input: 1, bits: one, nth })));
  const spreads = [77, 149_990].map((index) => ({ input: 1, bits: magnitudeBits(spread(values, index)), nth: 0 }));
  return check(t, [
    { operands, what: { kind: 'locate', value: { kind: 'difference' }, targets } },
    { operands, what: { kind: 'locate', value: { kind: 'difference' }, targets: [{ input: 2, bits: 0, nth: 1000 }] } },
    { operands, what: { kind: 'locate', value: { kind: 'spread' }, targets: spreads } },
  ]);
});

test('norms of what is kept', (t) => {
  const rows: Row[] = [];
  for (const special of [false, true]) {
    for (const [rowLength, count] of [
      [1, 1500],
      [3, 700],
      [1001, 8],
      [4096, 8],
    ] as const) {
      const elements = rowLength * count;
      const place = { first: elements, elements: elements * 3, rowLength };
      const operands = partOperands(['BF16', 'BF16', 'F16', 'F32'], elements, { ...place, unit: rowLength }, special);
      const values = operandsOf(operands.inputs, elements);
      const inside = { bits: magnitudeBits(difference(values, 1, 5)), index: elements + 6 };
      const outside = { bits: magnitudeBits(difference(values, 1, 9)), index: elements + 4 };
      const variance = { bits: magnitudeBits(spread(values, 5)), index: elements + 5 };
      const keeps: Keep[] = [
        { kind: 'all' },
        { kind: 'none' },
        { kind: 'band', inside, outside: undefined },
        { kind: 'band', inside: { bits: 0, index: 0 }, outside },
        { kind: 'spread', inside: variance },
        { kind: 'random', key: [1, 2], below: 2 ** 30 },
        { kind: 'random', key: [3, 4], below: 2 ** 32 },
        { kind: 'random', key: [1, 2], below: 0 },
        { kind: 'ranked', key: [5, 6], least: 0.35, range: 0.3 },
        { kind: 'ranked', key: [7, 6], least: 0.05, range: 0.9 },
      ];
      const targets = keeps.flatMap((keep) => [1, 3].map((input) => ({ input, keep })));
      rows.push({ operands, what: { kind: 'norms', targets } });
    }
  }
  const blocks = partOperands(['F64', 'F64'], 150_000, { first: 16_384 * 3, elements: 2 ** 40, unit: 16_384 });
  const far = partOperands(['BF16', 'BF16'], 40_000, { first: 2 ** 33 - 16_384, elements: 2 ** 34, unit: 16_384 });
  const targets = [{ input: 1, keep: { kind: 'random', key: [9, 0xffff_ffff], below: 2 ** 31 } }] as const;
  rows.push(
    { operands: blocks, what: { kind: 'norms', targets } },
    { operands: far, what: { kind: 'norms', targets } },
  );
  return check(t, rows);
});

test('overlap', (t) => {
  return check(t, [
    ...SIZES.map((size) => ({
      operands: partOperands(['BF16', 'F16', 'BF16', 'F32'], size, {}, size % 2 === 1),
      what: { kind: 'overlap', epsilon: 0.01 } as const,
    })),
    { operands: partOperands(['F64', 'F64'], 150_000), what: { kind: 'overlap', epsilon: 1e-5 } },
  ]);
});

test('divergence of rows', (t) => {
  const rows: Row[] = [1, 2, 33, 1024, 1025, 5000].flatMap((rowLength) =>
    [false, true].map((special) => ({
      operands: partOperands(
        ['F32', 'BF16'],
        rowLength * 5,
        { rowLength, unit: rowLength, first: rowLength * 2 },
        special,
      ),
      what: { kind: 'divergence' } as const,
    })),
  );
  rows.push({
    operands: partOperands(['F64', 'F64'], 150_000, { rowLength: 6000, unit: 6000 }),
    what: { kind: 'divergence' },
  });
  return check(t, rows);
});

test('a row that does not fit names its tensor', async (t) => {
  await using harness = await LaneHarness.create(createCpuDevice());
  const operands = partOperands(['BF16', 'BF16'], 2_000_000, { rowLength: 2_000_000, unit: 2_000_000 });
  const error = await t.throwsAsync(harness.run(statisticCase(operands, { kind: 'divergence' })), { code: 'device' });
  t.regex(error?.message ?? '', /^tensor one: /);
});
