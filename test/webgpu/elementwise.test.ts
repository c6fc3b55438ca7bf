import { DTYPES, type FloatDtype } from '../../src/dtype.ts';
import type { Elementwise, TaskVectors } from '../../src/plan/kernel/elementwise.ts';
import type { Keep } from '../../src/plan/kernel/statistics.ts';
import { testOnAdapters } from '../support/gpu-devices.ts';
import { elementwiseCase, type PartOperands, partOperands } from '../support/part-case.ts';
import { decode, spacing } from '../support/reference.ts';
import { randomDraw } from '../support/reference-random.ts';
import { elementwise, operandsOf } from '../support/reference-elementwise.ts';
import { difference, magnitudeBits, type Operands, spread } from '../support/reference-keep.ts';

// Element-wise shaders against the reference, masks and counts exactly. Few dtypes: what decodes them is the matrix test's.

const INPUTS = ['BF16', 'F16', 'F8_E5M2', 'F16'] as const;
const OUTPUTS: readonly FloatDtype[] = ['F32', 'BF16', 'F8_E4M3', 'F16'];
const FIRST = 2 ** 33 - 2048; // the counters of random words pass 2^32 within the chunk
const SIZES = [1, 9, 5003];

function vectors(keeps: readonly (Keep | undefined)[], rest: Partial<TaskVectors> = {}): TaskVectors {
  const terms = keeps.map((keep = { kind: 'all' }, i) => {
    return { input: i + 1, keep, weight: 0.7 - 0.5 * i, vote: 1.1 + i, share: 0.4 + 0.3 * i };
  });
  return { kind: 'task_vectors', terms, elect: false, divisor: 'one', scale: 1, ...rest };
}

/** The outputs of a few chunks. */
function kinds(values: Operands, { rowLength, first }: PartOperands['part']): Elementwise[][] {
  const some = Math.min(5, (values[0]?.length ?? 0) - 1);
  const inside = { bits: magnitudeBits(difference(values, 1, some)), index: first + some + 1 };
  const keeps: Keep[] = [
    { kind: 'none' },
    { kind: 'band', inside, outside: undefined },
    { kind: 'band', inside: { bits: 0, index: 2 ** 40 }, outside: inside },
    { kind: 'spread', inside: { bits: magnitudeBits(spread(values, some)), index: first + some } },
    { kind: 'random', key: [1, 0xffff_ffff], below: 2 ** 31 },
    { kind: 'random', key: [3, 4], below: 2 ** 30 + 0.5 },
    // the lower half of an element's draw decides: it is not below, and it is
    { kind: 'random', key: [8, 9], below: randomDraw([8, 9], first + some) },
    { kind: 'random', key: [8, 9], below: randomDraw([8, 9], first + some) + 1 },
  ];
  const table = (count: number, k: number): Float64Array => {
    return Float64Array.from({ length: 4 * count }, (_, i) => ((i * 13 + k) % 29) / 17 - 0.6);
  };
  const rows = Math.ceil((first + (values[0]?.length ?? 0)) / rowLength);
  return [
    [
      vectors(keeps.slice(0, 3), { scale: 0.3 }),
      vectors(keeps.slice(1, 4), { elect: true }),
      vectors(keeps.slice(3, 6), { elect: true, divisor: 'shares', scale: 0.7 }),
    ],
    [vectors([keeps[4], keeps[5], undefined], { elect: true, divisor: 'floored' })],
    [vectors([keeps[6], keeps[7], undefined])],
    [0.001, 0.05, 3].map((by) => ({ kind: 'nearswap', t: by })),
    [1e-5, 0.05].map((epsilon) => ({ kind: 'overlap', epsilon, unique: [1, 1.1, 0.9] })),
    first > 2 ** 20 ? [] : [{ kind: 'weighted_lines', per: 'row', weights: table(rows, 3) }],
    [0, 1].map((k) => ({ kind: 'weighted_lines', per: 'column', weights: table(rowLength, k) })),
  ];
}

/** Whether `got` is `wanted` but for what a driver may round differently or flush; see docs/ARCHITECTURE.md. */
function isNear(dtype: FloatDtype, got: number, wanted: number, magnitude: number): boolean {
  if (Object.is(got, wanted) || (Number.isNaN(got) && Number.isNaN(wanted))) return true;
  return Math.abs(got - wanted) <= spacing(dtype, wanted) + 2 ** -22 * magnitude + 2 ** -124;
}

function finiteMagnitude(x = 0): number {
  return Number.isFinite(x) ? Math.abs(x) : 0;
}

testOnAdapters('element-wise kernels', async (t, harness) => {
  let [compared, identical] = [0, 0];
  for (const [first, rowLength] of [
    [FIRST, 96],
    [4096, 64],
    [8192, 97],
  ] as const) {
    for (const size of SIZES) {
      const special = rowLength !== 64;
      const operands = partOperands(INPUTS, size, { first, elements: 2 ** 34, rowLength }, special);
      const values = operandsOf(operands.inputs, size);
      for (const hows of kinds(values, operands.part)) {
        if (hows.length === 0) continue;
        const outputs = hows.map((how, k) => ({ dtype: OUTPUTS[k] ?? 'F32', elementwise: how }));
        const { outputs: got, report } = await harness.run(elementwiseCase(operands, outputs, { pieces: 2 }));
        for (const [output, { dtype, elementwise: how }] of outputs.entries()) {
          const { bytes, classes } = elementwise(values, how, operands.part, dtype, 'inf');
          const title = `${how.kind} to ${dtype}, ${size} elements`;
          for (let index = 0; index < size; index++) {
            const [is, wanted] = [got[output] ?? bytes, bytes].map((own) => decode(dtype, own, index));
            // of what counts: a mask may leave a NaN out
            const magnitude = values.reduce((sum, x) => sum + finiteMagnitude(x[index]), 0);
            if (Object.is(is, wanted)) identical++;
            else if (!isNear(dtype, is ?? NaN, wanted ?? NaN, magnitude)) {
              t.is(is, wanted, `${title}, element ${index} of ${values.map((x) => x[index]).join(', ')}`);
            }
          }
          t.is(got[output]?.length, size * DTYPES[dtype].bytes);
          const count = (kind: string): number => classes.filter((is) => is === kind).length;
          const counts = { nan: count('nan'), infinite: count('infinite'), overflow: count('overflow') };
          const none = { tensor: 'one', output, nan: 0, infinite: 0, overflow: 0 };
          t.deepEqual(report.tensors.find((one) => one.output === output) ?? none, { ...none, ...counts }, title);
          compared += size;
        }
      }
    }
  }
  t.log(`${compared} elements, ${((100 * identical) / compared).toFixed(4)} % identical`);
  t.true(compared > 0);
});

testOnAdapters('what stays on the CPU is refused', async (t, { device }) => {
  const operands = partOperands(['BF16', 'BF16'], 4096, { rowLength: 64 });
  const inputs = operands.inputs.map(({ dtype }) => ({ dtype, ranges: [] }));
  const supports = (how: Elementwise): boolean => {
    const one = elementwiseCase(operands, []);
    const outputs = [{ dtype: 'BF16' as const, file: 0, begin: 0, weights: [], elementwise: how }];
    return device.supports({ ...one, inputs, outputs });
  };
  t.true(supports(vectors([{ kind: 'all' }])));
  t.false(supports(vectors([{ kind: 'ranked', key: [1, 2], least: 0.2, range: 0.3 }])));
  t.false(supports({ kind: 'fusion', threshold: 1, rows: new Float32Array(64) }));
  await Promise.resolve();
});
