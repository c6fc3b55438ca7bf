import type { Keep, Statistic } from '../../src/plan/kernel/statistics.ts';
import { testOnAdapters } from '../support/gpu-devices.ts';
import { partOperands, statisticCase } from '../support/part-case.ts';
import { operandsOf } from '../support/reference-elementwise.ts';
import { difference, magnitudeBits, spread } from '../support/reference-keep.ts';
import { statistic } from '../support/reference-statistics.ts';

// Statistics of the shaders against the reference. Few dtypes: what decodes them is the matrix test's.

const DTYPES = ['BF16', 'F16', 'F8_E5M2', 'F16'] as const;
/** Within an octet, a tile, several units. */
const SIZES = [1, 1025, 40_003];
const UNIT = 16_384;

/** One of each kind of statistic, for inputs that hold `values` at the chunk's elements. */
function statistics(values: readonly Float32Array[], first: number): Statistic[] {
  const some = Math.min(5, (values[0]?.length ?? 0) - 1);
  const bits = magnitudeBits(difference(values, 1, some));
  const variance = magnitudeBits(spread(values, some));
  const inside = { bits, index: first + some + 1 };
  const keeps: Keep[] = [
    { kind: 'all' },
    { kind: 'none' },
    { kind: 'band', inside, outside: undefined },
    { kind: 'band', inside: { bits: 0, index: 0 }, outside: inside },
    { kind: 'spread', inside: { bits: variance, index: first + some } },
    { kind: 'random', key: [12_345, 0xdead_beef], below: 2 ** 30 + 0.5 },
    { kind: 'random', key: [12_345, 0xdead_beef], below: 2 ** 32 },
    { kind: 'random', key: [7, 8], below: 0 },
  ];
  const histogram = { kind: 'histogram', value: { kind: 'difference' }, shift: 19, bits: 12 } as const;
  return [
    { kind: 'gram', difference: false, per: 'tensor' },
    { kind: 'gram', difference: true, per: 'tensor' },
    { kind: 'norms', targets: keeps.map((keep, i) => ({ input: 1 + (i % 3), keep })) },
    { kind: 'overlap', epsilon: 0.05 },
    { ...histogram, targets: [1, 2, 3].map((input) => ({ input, prefix: undefined })) },
    {
      ...histogram,
      shift: 9,
      bits: 10,
      targets: [bits >>> 19, 0].map((prefix) => ({ input: 1, prefix })),
    },
    { kind: 'locate', value: { kind: 'difference' }, targets: [0, 1].map((nth) => ({ input: 1, bits, nth })) },
    { kind: 'locate', value: { kind: 'difference' }, targets: [{ input: 3, bits: 0, nth: 2 }] },
    { kind: 'locate', value: { kind: 'spread' }, targets: [{ input: 1, bits: variance, nth: 0 }] },
    { ...histogram, value: { kind: 'spread' }, targets: [{ input: 1, prefix: undefined }] },
    { ...histogram, value: { kind: 'spread' }, shift: 0, bits: 9, targets: [{ input: 1, prefix: variance >>> 9 }] },
  ];
}

testOnAdapters('statistics', async (t, harness) => {
  let compared = 0;
  for (const special of [false, true]) {
    for (const size of SIZES) {
      const first = 3 * UNIT;
      const operands = partOperands(DTYPES, size, { first, elements: 2 ** 40, unit: UNIT }, special);
      const values = operandsOf(operands.inputs, size);
      for (const what of statistics(values, first)) {
        const { report } = await harness.run(statisticCase(operands, what, { pieces: 2 }));
        const wanted = statistic(values, what, operands.part);
        const got = report.numbers ?? new Float64Array(0);
        const title = `${JSON.stringify(what)}, ${size} elements${special ? ', special values' : ''}`;
        t.is(got.length, wanted.length, title);
        const wrong = wanted.findIndex(({ value, error }, i) => !(Math.abs((got[i] ?? NaN) - value) <= error));
        t.is(wrong, -1, `${title}: number ${wrong} is ${got[wrong]}, expected ${JSON.stringify(wanted[wrong])}`);
        compared += got.length;
      }
    }
  }
  t.log(`${compared} numbers`);
  t.true(compared > 0);
});

testOnAdapters('sums do not depend on how a tensor is cut', async (t, harness) => {
  const size = 3 * UNIT + 77;
  const whole = partOperands(['BF16', 'BF16'], size, { unit: UNIT });
  const what: Statistic = { kind: 'gram', difference: false, per: 'tensor' };
  const { report } = await harness.run(statisticCase(whole, what));
  const parts: number[] = [];
  for (const [begin, end] of [
    [0, UNIT],
    [UNIT, 3 * UNIT],
    [3 * UNIT, size],
  ] as const) {
    const inputs = whole.inputs.map(({ dtype, bytes }) => ({ dtype, bytes: bytes.subarray(2 * begin, 2 * end) }));
    const part = { ...whole.part, first: begin };
    const cut = await harness.run(statisticCase({ elements: end - begin, inputs, part }, what));
    parts.push(...(cut.report.numbers ?? []));
  }
  t.is(report.numbers?.length, 4 * 3);
  t.deepEqual([...(report.numbers ?? [])], parts);
});
