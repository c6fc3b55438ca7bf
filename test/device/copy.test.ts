import { testOnDevices } from '../support/devices.ts';
import { type LaneCase, LaneHarness } from '../support/lane-harness.ts';

const ELEMENTS = 300_001;

/** Two-byte integers; tensors end at 10, 10, 200000 and 300001. */
function copyCase(change: readonly number[]): LaneCase {
  const bytes = Uint8Array.from({ length: ELEMENTS * 2 }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
  const other = bytes.slice();
  for (const element of change) other[element * 2 + 1] = (other[element * 2 + 1] ?? 0) ^ 1;
  return {
    kernel: 'copy',
    elements: ELEMENTS,
    inputs: [bytes, bytes.slice(), other].map((one) => ({ dtype: 'I16', bytes: one })),
    outputs: [{ dtype: 'I16', weights: [] }],
    onOverflow: 'inf',
    tensors: [10, 10, 200_000, ELEMENTS].map((end, i) => ({ name: `t${i}`, end })),
    pieces: 3,
  };
}

testOnDevices('copy keeps the bytes and names the tensors that differ', async (t, { name, create }) => {
  await using harness = await LaneHarness.create(await create());
  const cases: [number[], string[]][] = [
    [[], []],
    [[9], ['t0']],
    [[10], ['t2']],
    [
      [199_999, 50, 300_000],
      ['t2', 't3'],
    ],
    [[200_000], ['t3']],
  ];
  for (const [change, differing] of cases) {
    const one = copyCase(change);
    if (name !== 'cpu') {
      t.false(harness.device.supports({ ...one, inputs: [{ dtype: 'I16', ranges: [] }], outputs: [] }), 'left to cpu');
      continue;
    }
    for (const lane of ['files', 'sources'] as const) {
      const { report, outputs } = await harness.run(one, lane);
      t.deepEqual([...report.differing].sort(), differing);
      t.is(Buffer.compare(outputs[0] ?? new Uint8Array(0), one.inputs[0]?.bytes ?? new Uint8Array(1)), 0);
      t.deepEqual(report.tensors, []);
    }
  }
});
