import * as fc from 'fast-check';
import { DTYPES, type FloatDtype } from '../../src/dtype.ts';
import { testOnDevices } from '../support/devices.ts';
import { type LaneCase, LaneHarness, type LaneResult } from '../support/lane-harness.ts';
import { sampleSize } from '../support/sample.ts';
import { specialElements, take, weightLike } from '../support/special-values.ts';

const NARROW: readonly FloatDtype[] = ['F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2'];

const dtypes: fc.Arbitrary<FloatDtype> = fc.constantFrom(...NARROW);

const wholes: fc.Arbitrary<LaneCase> = fc
  .record({
    elements: fc.integer({ min: 1, max: 6000 }),
    inputs: fc.array(dtypes, { minLength: 1, maxLength: 4 }),
    outputs: fc.array(dtypes, { minLength: 1, maxLength: 3 }),
    onOverflow: fc.constantFrom('inf' as const, 'saturate' as const),
    pieces: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat({ max: 1000 }),
  })
  .map(({ elements, inputs, outputs, onOverflow, pieces, seed }) => ({
    kernel: 'weighted_sum',
    elements,
    inputs: inputs.map((dtype, i) => {
      const bytes = i === 0 ? take(dtype, specialElements(dtype), seed, elements) : weightLike(dtype, elements, seed);
      return { dtype, bytes };
    }),
    outputs: outputs.map((dtype, k) => ({ dtype, weights: inputs.map((_, i) => 0.7 - 0.4 * i + k) })),
    onOverflow,
    tensors: [{ name: 'only', end: elements }],
    pieces,
  }));

/** Elements [begin, end) of `whole` as a chunk of their own. */
function part(whole: LaneCase, begin: number, end: number): LaneCase {
  const inputs = whole.inputs.map(({ dtype, bytes }) => {
    return { dtype, bytes: bytes.subarray(begin * DTYPES[dtype].bytes, end * DTYPES[dtype].bytes) };
  });
  return { ...whole, inputs, elements: end - begin, tensors: [{ name: 'only', end: end - begin }] };
}

/** Counts by output. */
function counts(results: readonly LaneResult[], output: number): number[] {
  const all = results.flatMap(({ report }) => report.tensors.filter((one) => one.output === output));
  return (['nan', 'infinite', 'overflow'] as const).map((kind) => all.reduce((sum, one) => sum + one[kind], 0));
}

testOnDevices('the result does not depend on how a chunk is cut', async (t, { create }) => {
  await using harness = await LaneHarness.create(await create());
  const property = fc.asyncProperty(wholes, fc.array(fc.nat({ max: 6000 }), { maxLength: 4 }), async (whole, cuts) => {
    const inside = cuts.filter((cut) => cut < whole.elements).sort((a, b) => a - b);
    const ends = [...inside, whole.elements];
    const once = await harness.run(whole);
    const parts: LaneResult[] = [];
    for (const [i, end] of ends.entries()) parts.push(await harness.run(part(whole, ends[i - 1] ?? 0, end)));
    for (const [k, bytes] of once.outputs.entries()) {
      const joined = Buffer.concat(parts.map(({ outputs }) => outputs[k] ?? new Uint8Array(0)));
      t.is(Buffer.compare(joined, bytes), 0, `output ${k}`);
      t.deepEqual(counts(parts, k), counts([once], k));
    }
  });
  await fc.assert(property, { numRuns: sampleSize(40, 0.2) });
});
