import type { ExecutionContext } from 'ava';
import type { FloatDtype } from '../../src/dtype.ts';
import type { ChunkTensor, OverflowMode } from '../../src/plan/chunks/chunk.ts';
import { judge } from '../support/check-lane.ts';
import { testOnDevices } from '../support/devices.ts';
import { type LaneCase, LaneHarness } from '../support/lane-harness.ts';
import { sampled } from '../support/sample.ts';
import { FLOATS, specialElements, take, weightLike } from '../support/special-values.ts';

// Every device against the reference: dtype in × dtype out × sizes × special values × inputs × outputs × ranges.
// A sample of them; all with SWIZZLE_TEST_CASES=all, as in CI.

const MODES: readonly OverflowMode[] = ['inf', 'saturate'];
const SPECIAL: ReadonlyMap<FloatDtype, Uint8Array> = new Map(FLOATS.map((dtype) => [dtype, specialElements(dtype)]));
const BYTES: Readonly<Record<FloatDtype, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2, F8_E4M3: 1, F8_E5M2: 1 };

function special(dtype: FloatDtype): Uint8Array {
  return SPECIAL.get(dtype) ?? new Uint8Array(0);
}

/** Four tensors, one of them empty, that end at odd places. */
function tensorsOf(elements: number): ChunkTensor[] {
  const [a, b] = [Math.floor(elements / 3), Math.floor(elements / 2)];
  return [a, a, b, elements].map((end, i) => ({ name: `tensor.${i}`, end }));
}

type Row = Pick<LaneCase, 'kernel' | 'elements' | 'inputs' | 'outputs'> & Partial<LaneCase>;

function laneCase(row: Row): LaneCase {
  return { onOverflow: 'inf', pieces: 1, tensors: tensorsOf(row.elements), ...row };
}

/** Runs cases on a device that supports them; says how many elements equal the reference in every bit. */
async function runAll(
  t: ExecutionContext,
  harness: LaneHarness,
  exact: boolean,
  cases: Iterable<LaneCase>,
): Promise<void> {
  const sum = { cases: 0, elements: 0, identical: 0, unsupported: 0 };
  for (const one of cases) {
    const chunk = { ...one, inputs: [], outputs: one.outputs.map((output) => ({ ...output, file: 0, begin: 0 })) };
    const inputs = one.inputs.map(({ dtype }) => ({ dtype, ranges: [] }));
    if (!harness.device.supports({ ...chunk, inputs })) {
      sum.unsupported++;
      continue;
    }
    for (const lane of one.elements < 5000 ? (['files', 'sources'] as const) : (['files'] as const)) {
      const verdict = judge(one, await harness.run(one, lane), exact || one.kernel === 'convert');
      const [ins, outs] = [one.inputs, one.outputs].map((list) => list.map(({ dtype }) => dtype).join('+'));
      t.deepEqual(verdict.problems, [], `${one.kernel} ${ins} to ${outs}, ${one.elements} elements, ${lane}`);
      sum.elements += verdict.elements;
      sum.identical += verdict.identical;
    }
    sum.cases++;
  }
  const share = ((100 * sum.identical) / Math.max(1, sum.elements)).toFixed(4);
  const left = sum.unsupported > 0 ? `, ${sum.unsupported} not for this device` : '';
  t.log(`${sum.cases} cases, ${sum.elements} elements, ${share} % identical${left}`);
  t.true(sum.cases > 0);
}

function* conversions(): Generator<LaneCase> {
  for (const from of FLOATS) {
    const bytes = special(from);
    const elements = bytes.length / BYTES[from];
    for (const to of FLOATS) {
      for (const onOverflow of MODES) {
        const outputs = [{ dtype: to, weights: [] }];
        yield laneCase({
          kernel: 'convert',
          elements,
          inputs: [{ dtype: from, bytes }],
          outputs,
          onOverflow,
          pieces: 2,
        });
      }
    }
  }
}

/** Special values alone (half and half of the same is itself, so ties stay ties) and against each other. */
function* specialSums(): Generator<LaneCase> {
  for (const from of FLOATS) {
    const bytes = special(from);
    const elements = bytes.length / BYTES[from];
    const turned = take(from, bytes, Math.floor(elements / 2) + 3, elements);
    const same = [bytes, bytes].map((one) => ({ dtype: from, bytes: one }));
    const other = [bytes, turned].map((one) => ({ dtype: from, bytes: one }));
    for (const [i, to] of FLOATS.entries()) {
      const row = { kernel: 'weighted_sum', elements } as const;
      for (const onOverflow of MODES) {
        yield laneCase({ ...row, inputs: same, outputs: [{ dtype: to, weights: [0.5, 0.5] }], onOverflow });
      }
      const onOverflow = MODES[i % 2] ?? 'inf';
      yield laneCase({ ...row, inputs: other, outputs: [{ dtype: to, weights: [0.3, -1.7] }], onOverflow, pieces: 3 });
    }
  }
}

/** Around a vector, a block, a workgroup's share of a dispatch. */
const SIZES = [0, 1, 7, 8, 9, 15, 16, 17, 1023, 1025, 2047, 2048, 2049];
/** Around a sub-block of the CPU device for two inputs and one output of 16 bits. */
const LARGE = [131071, 131072, 131073];

function* sizes(): Generator<LaneCase> {
  const kinds: [FloatDtype[], FloatDtype, number[]][] = [
    [['BF16', 'BF16'], 'BF16', [...SIZES, ...LARGE]],
    [['F16', 'BF16'], 'F16', [...SIZES, 131073]],
    [['F8_E4M3', 'F8_E4M3'], 'F8_E5M2', [...SIZES, 131073]],
    [['F32', 'F32'], 'F32', [...SIZES, 131073]],
    [['F32'], 'F8_E4M3', SIZES],
  ];
  for (const [from, dtype, counts] of kinds) {
    const whole = from.map((one, i) => ({ dtype: one, bytes: weightLike(one, Math.max(...counts), i) }));
    for (const elements of counts) {
      const inputs = whole.map((one) => ({ ...one, bytes: one.bytes.subarray(0, elements * BYTES[one.dtype]) }));
      const weights = from.map((_, i) => 0.4 + 0.2 * i);
      const pieces = elements % 2 === 0 ? 1 : 4;
      yield laneCase({ kernel: 'weighted_sum', elements, inputs, outputs: [{ dtype, weights }], pieces });
      if (elements > 131072) continue;
      yield laneCase({ kernel: 'convert', elements, inputs: inputs.slice(0, 1), outputs: [{ dtype, weights: [] }] });
    }
  }
}

/** 1, 2, 3 and 5 inputs of mixed dtypes to 1 and 3 outputs of mixed dtypes, special values among weights. */
function* mixtures(): Generator<LaneCase> {
  const elements = 2531;
  for (const wide of [false, true]) {
    const dtypes = FLOATS.filter((dtype) => wide || dtype !== 'F64');
    for (const [turn, count] of [1, 2, 3, 5, 5, 3, 2, 1].entries()) {
      const pick = (i: number): FloatDtype => dtypes[(turn + 2 * i) % dtypes.length] ?? 'F32';
      const inputs = Array.from({ length: count }, (_, i) => {
        const dtype = pick(i);
        const bytes = take(dtype, i % 2 === 0 ? weightLike(dtype, elements, i) : special(dtype), 17 * i, elements);
        return { dtype, bytes };
      });
      for (const results of [1, 3]) {
        const outputs = Array.from({ length: results }, (_, k) => {
          return { dtype: pick(k + 1), weights: inputs.map((_, i) => (i + 1) / (k + 1.5) - 1) };
        });
        const onOverflow = MODES[turn % 2] ?? 'inf';
        yield laneCase({ kernel: 'weighted_sum', elements, inputs, outputs, onOverflow, pieces: 1 + (turn % 3) });
      }
    }
  }
}

/** Hundreds of tensors in one chunk, with counts of their own. */
function* tinyTensors(): Generator<LaneCase> {
  const elements = 2900;
  const tensors = Array.from({ length: 290 }, (_, i) => ({ name: `layer.${i}`, end: (i + 1) * 10 }));
  for (const dtype of ['F16', 'F32'] as const) {
    const bytes = take(dtype, special(dtype), 100, elements);
    const inputs = [
      { dtype, bytes },
      { dtype, bytes: weightLike(dtype, elements, 5) },
    ];
    const outputs = [{ dtype: 'F16' as const, weights: [2, 0.5] }];
    yield laneCase({ kernel: 'weighted_sum', elements, inputs, outputs, tensors });
    yield laneCase({
      kernel: 'convert',
      elements,
      inputs: inputs.slice(0, 1),
      outputs: [{ dtype: 'F8_E4M3', weights: [] }],
      tensors,
    });
  }
}

const TABLES: Readonly<Record<string, () => Iterable<LaneCase>>> = {
  'convert, every dtype to every dtype, special values': conversions,
  'weighted_sum, every dtype to every dtype, special values': specialSums,
  'sizes around every boundary': sizes,
  'mixed dtypes, 1 to 5 inputs, 1 and 3 outputs': mixtures,
  'hundreds of tensors in one chunk': tinyTensors,
};

for (const [title, cases] of Object.entries(TABLES)) {
  testOnDevices(title, async (t, { create, exact }) => {
    await using harness = await LaneHarness.create(await create());
    await runAll(t, harness, exact, sampled(cases(), 7));
  });
}
