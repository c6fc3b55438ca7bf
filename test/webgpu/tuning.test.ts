import test from 'ava';
import { padded } from '../../src/devices/device.ts';
import { createWebGpuDevice } from '../../src/devices/webgpu/device.ts';
import { type Tuning, tuningOf } from '../../src/devices/webgpu/tuning.ts';
import type { ChunkReport } from '../../src/plan/chunks/chunk.ts';
import { testAdapters } from '../support/adapters.ts';
import { scratchFiles, sumChunk } from '../support/chunks.ts';
import { weightLike } from '../support/special-values.ts';

// no multiple of an octet, of a workgroup or of all workgroups
const ELEMENTS = 300_005;
const BYTES = 2 * ELEMENTS;
const NANS = [0, 4097, ELEMENTS - 1];

function withNans(seed: number): Uint8Array {
  const bytes = weightLike('BF16', ELEMENTS, seed);
  for (const at of NANS) bytes.set([0xc0, 0x7f], 2 * at);
  return bytes;
}

const TUNINGS: readonly Pick<Tuning, 'workgroupSize' | 'workgroups'>[] = [
  { workgroupSize: 8, workgroups: 1 },
  { workgroupSize: 8, workgroups: 7 },
  { workgroupSize: 256, workgroups: 3 },
  tuningOf('hardware'),
];

test('workgroups, few or many, large or small, change neither bytes nor counts', async (t) => {
  const inputs = [withNans(1), withNans(2)];
  const chunk = sumChunk('BF16', ELEMENTS, [0.25, 0.75]);
  const runOn = async (adapter: string, tuning: Tuning): Promise<{ output: Uint8Array; report: ChunkReport }> => {
    await using device = await createWebGpuDevice({ adapter, tuning });
    using files = scratchFiles(inputs);
    const shape = { inputBytes: 2 * padded(BYTES), outputBytes: padded(BYTES) };
    await using lane = await device.createLane(shape, files);
    const report = await lane.run(chunk);
    return { output: files.written(), report };
  };
  for (const { name } of (await testAdapters()).present) {
    const usual = await runOn(name, tuningOf('software'));
    t.deepEqual(usual.report.tensors, [{ tensor: 't', output: 0, nan: NANS.length, infinite: 0, overflow: 0 }]);
    for (const grid of TUNINGS) {
      const { output, report } = await runOn(name, { ...tuningOf('software'), ...grid });
      const { workgroupSize, workgroups } = grid;
      t.is(Buffer.compare(output, usual.output), 0, `${name}: ${workgroups} workgroups of ${workgroupSize}`);
      t.deepEqual(report.tensors, usual.report.tensors);
    }
  }
});
