import test, { type ExecutionContext } from 'ava';
import { createCpuDevice } from '../../src/devices/cpu/device.ts';
import { DTYPES, type FloatDtype } from '../../src/dtype.ts';
import type { OverflowMode } from '../../src/plan/chunks/chunk.ts';
import type { Elementwise, TaskVectors } from '../../src/plan/kernel/elementwise.ts';
import type { Keep } from '../../src/plan/kernel/statistics.ts';
import { type LaneCase, LaneHarness } from '../support/lane-harness.ts';
import { elementwiseCase, type PartOperands, partOperands } from '../support/part-case.ts';
import { elementwise, operandsOf } from '../support/reference-elementwise.ts';
import { randomDraw } from '../support/reference-random.ts';
import { difference, magnitudeBits, spread } from '../support/reference-keep.ts';
import { sampled } from '../support/sample.ts';
import { FLOATS } from '../support/special-values.ts';

// Element-wise kernels of the CPU device against the reference, bit for bit, counts too.

interface Row {
  readonly operands: PartOperands;
  readonly outputs: readonly { readonly dtype: FloatDtype; readonly elementwise: Elementwise }[];
  readonly rest?: Partial<LaneCase>;
}

async function check(t: ExecutionContext, rows: Iterable<Row>): Promise<void> {
  await using harness = await LaneHarness.create(createCpuDevice());
  let compared = 0;
  for (const { operands, outputs, rest } of sampled(rows, 5)) {
    const one = elementwiseCase(operands, outputs, rest);
    const values = operandsOf(operands.inputs, operands.elements);
    const wanted = outputs.map(({ dtype, elementwise: how }) => {
      return elementwise(values, how, operands.part, dtype, one.onOverflow);
    });
    const counts = wanted.flatMap(({ classes }, output) => {
      const count = (kind: string): number => classes.filter((is) => is === kind).length;
      const [nan, infinite, overflow] = [count('nan'), count('infinite'), count('overflow')];
      return nan + infinite + overflow === 0 ? [] : [{ tensor: 'one', output, nan, infinite, overflow }];
    });
    const title = `${outputs[0]?.elementwise.kind}, ${operands.inputs.map(({ dtype }) => dtype).join('+')}, ${operands.elements}`;
    for (const lane of operands.elements < 10_000 ? (['files', 'sources'] as const) : (['files'] as const)) {
      const { outputs: got, report } = await harness.run(one, lane);
      for (const [k, { bytes }] of wanted.entries()) {
        const size = DTYPES[outputs[k]?.dtype ?? 'F32'].bytes;
        const wrong = Math.floor(bytes.findIndex((byte, i) => byte !== got[k]?.[i]) / size);
        t.is(wrong, -1, `${title}: output ${k}, element ${wrong} of ${values.map((x) => x[wrong]).join(', ')}`);
        compared += operands.elements;
      }
      t.deepEqual(
        report.tensors.toSorted((a, b) => a.output - b.output),
        counts,
        title,
      );
    }
  }
  t.log(`${compared} elements`);
  t.true(compared > 0);
}

const SIZES = [1, 7, 16, 17, 1023, 1024, 1025, 2049];

function vectors(keeps: readonly Keep[], rest: Partial<TaskVectors> = {}): TaskVectors {
  const terms = keeps.map((keep, i) => ({
    input: i + 1,
    keep,
    weight: 0.7 - 0.5 * i,
    vote: 1 + i,
    share: 0.4 + 0.3 * i,
  }));
  return { kind: 'task_vectors', terms, elect: false, divisor: 'one', scale: 1, ...rest };
}

const COMBINING: readonly Partial<TaskVectors>[] = [
  {},
  { scale: 0.3 },
  { elect: true },
  { elect: true, divisor: 'shares', scale: 0.7 },
  { elect: true, divisor: 'floored' },
];

test('task vectors: dtypes, sizes, elections', (t) => {
  const all: Keep = { kind: 'all' };
  const rows: Row[] = [];
  for (const [i, dtype] of FLOATS.entries()) {
    for (const special of [false, true]) {
      for (const how of COMBINING) {
        const operands = partOperands([dtype, dtype, FLOATS[(i + 1) % 6] ?? 'F32'], 2500, {}, special);
        const onOverflow: OverflowMode = special ? 'saturate' : 'inf';
        const outputs = FLOATS.filter((_, k) => k % 2 === i % 2).map((to) => ({
          dtype: to,
          elementwise: vectors([all, all], how),
        }));
        rows.push({ operands, outputs, rest: { onOverflow, pieces: 2 } });
      }
    }
  }
  for (const size of SIZES) {
    for (const how of COMBINING) {
      const outputs = [{ dtype: 'BF16', elementwise: vectors([all, all], how) }] as const;
      rows.push({ operands: partOperands(['BF16', 'BF16', 'BF16'], size), outputs });
    }
  }
  const five = partOperands(['F64', 'F16', 'F64', 'F32', 'F64', 'F64'], 60_000);
  rows.push({
    operands: five,
    outputs: [{ dtype: 'BF16', elementwise: vectors([all, all, all, all, all], COMBINING[3]) }],
  });
  return check(t, rows);
});

test('task vectors: everything that can be kept', (t) => {
  const rows: Row[] = [];
  for (const special of [false, true]) {
    for (const [rowLength, count] of [
      [1, 1200],
      [7, 300],
      [1001, 6],
      [5000, 3],
    ] as const) {
      const elements = rowLength * count;
      const first = elements + rowLength * 2;
      const operands = partOperands(
        ['BF16', 'BF16', 'F32'],
        elements,
        { first, elements: elements * 4, rowLength },
        special,
      );
      const values = operandsOf(operands.inputs, elements);
      const cut = (index: number, before: number): { bits: number; index: number } => {
        return { bits: magnitudeBits(difference(values, 1, index)), index: first + before };
      };
      const keeps: Keep[] = [
        { kind: 'none' },
        { kind: 'band', inside: cut(5, 700), outside: undefined },
        { kind: 'band', inside: { bits: 0, index: 2 ** 40 }, outside: cut(6, -5) },
        { kind: 'band', inside: cut(5, elements + 9), outside: cut(20, 1100) },
        { kind: 'spread', inside: { bits: magnitudeBits(spread(values, 5)), index: first + 6 } },
        { kind: 'random', key: [1, 2], below: 2 ** 30 + 0.5 },
        { kind: 'random', key: [3, 4], below: 2 ** 32 },
        // the lower half of an element's draw decides: it is not below, and it is
        { kind: 'random', key: [8, 9], below: randomDraw([8, 9], first + 2) },
        { kind: 'random', key: [8, 9], below: randomDraw([8, 9], first + 7) + 1 },
        { kind: 'random', key: [8, 9], below: randomDraw([8, 9], first + 1) + 1 },
        { kind: 'ranked', key: [5, 6], least: 0.35, range: 0.3 },
        { kind: 'ranked', key: [7, 6], least: 0.05, range: 0.9 },
      ];
      for (let i = 0; i < keeps.length; i += 3) {
        const outputs = [0, 1, 2].map((k) => {
          const pair = [keeps[i + k], keeps[(i + 2 * k + 1) % keeps.length]] as Keep[];
          return { dtype: 'F32' as const, elementwise: vectors(pair, COMBINING[k + 1]) };
        });
        rows.push({ operands, outputs });
      }
    }
  }
  const far = { first: 2 ** 33 - 1024, elements: 2 ** 34, rowLength: 4096 };
  rows.push({
    operands: partOperands(['BF16', 'BF16'], 5000, far),
    outputs: [{ dtype: 'BF16', elementwise: vectors([{ kind: 'random', key: [0xffff_ffff, 9], below: 2 ** 31 }]) }],
  });
  return check(t, rows);
});

test('nearswap', (t) => {
  const rows = [...SIZES, 80_000].flatMap((size) =>
    [false, true].map((special) => ({
      operands: partOperands(size < 80_000 ? ['BF16', 'F16'] : ['F64', 'F64'], size, {}, special),
      outputs: [0.001, 0.05, 3].map((by) => ({
        dtype: 'F32' as const,
        elementwise: { kind: 'nearswap' as const, t: by },
      })),
    })),
  );
  return check(t, rows);
});

test('overlap', (t) => {
  const rows = [...SIZES, 80_000].flatMap((size) =>
    [false, true].map((special) => ({
      operands: partOperands(
        size < 80_000 ? ['BF16', 'F16', 'BF16', 'F32'] : ['F64', 'F64', 'F64', 'F64'],
        size,
        {},
        special,
      ),
      outputs: [1e-5, 0.05].map((epsilon) => ({
        dtype: 'BF16' as const,
        elementwise: { kind: 'overlap' as const, epsilon, unique: [1, 1.1, 0.9] },
      })),
    })),
  );
  return check(t, rows);
});

const SHAPES = [
  [1, 900],
  [5, 400],
  [1001, 5],
  [3000, 60],
] as const;

test('fusion', (t) => {
  const rows = SHAPES.flatMap(([rowLength, count]) =>
    [false, true].map((special) => {
      const elements = rowLength * count;
      const first = Math.ceil(elements / 1024) * 1024;
      const total = Math.ceil((first + elements) / rowLength);
      const factors = Float32Array.from({ length: total }, (_, i) => ((i * 7) % 11) * 1e-3);
      return {
        operands: partOperands(['BF16', 'F16'], elements, { first, elements: total * rowLength, rowLength }, special),
        outputs: [1e-5, 2e-4].map((threshold) => ({
          dtype: 'BF16' as const,
          elementwise: { kind: 'fusion' as const, threshold, rows: factors },
        })),
      };
    }),
  );
  return check(t, rows);
});

test('weighted sums by row and column', (t) => {
  const rows = SHAPES.flatMap(([rowLength, count]) =>
    (['row', 'column'] as const).flatMap((per) =>
      [false, true].map((special) => {
        const elements = rowLength * count;
        const first = Math.ceil(elements / 1024) * 1024;
        const total = Math.ceil((first + elements) / rowLength);
        const outputs = [0, 1].map((k) => {
          const lines = (per === 'row' ? total : rowLength) * 3;
          const weights = Float64Array.from({ length: lines }, (_, i) => ((i * 13 + k) % 29) / 17 - 0.6);
          return {
            dtype: k === 0 ? ('BF16' as const) : ('F64' as const),
            elementwise: { kind: 'weighted_lines' as const, per, weights },
          };
        });
        const place = { first, elements: total * rowLength, rowLength };
        return { operands: partOperands(['BF16', 'F16', 'F64'], elements, place, special), outputs };
      }),
    ),
  );
  return check(t, rows);
});
