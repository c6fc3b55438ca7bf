import { readdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listDevices, measureLosses, merge } from '../../src/index.ts';
import { testAdapters } from '../support/adapters.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

const {
  present: [adapter],
} = await testAdapters();
const missing =
  process.platform !== 'linux' ? 'counts threads in /proc' : adapter === undefined ? 'no WebGPU adapter' : undefined;

const BASE = 'fixtures/mini-cocktail/base';
const RECIPE = { merge_method: 'passthrough', models: [{ model: 'fixtures/golden/models/a' }], dtype: 'float32' };

/** What a process of the system has too few of. */
async function held(): Promise<{ threads: number; descriptors: number }> {
  const [threads, descriptors] = [await readdir('/proc/self/task'), await readdir('/proc/self/fd')];
  const files = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => 'closed')));
  // SwiftShader keeps a memory file for every device it has ever made
  return { threads: threads.length, descriptors: files.filter((file) => !/swiftshader|closed/.test(file)).length };
}

testUnless(missing)(
  'a GPU’s threads and descriptors are given back when a merge, a loss or a list of devices ends',
  async (t) => {
    const folder = await temporaryFolder(t);
    const [out, examples] = [join(folder, 'out'), join(folder, 'examples.jsonl')];
    await writeFile(examples, '{"tokens": [1, 2, 3]}\n');
    const gpu = { device: 'webgpu', adapter: adapter?.name } as const;
    const use = async (): Promise<void> => {
      await merge(RECIPE, { ...gpu, out, force: true });
      await measureLosses([BASE], examples, gpu);
      await listDevices();
    };
    await use(); // Node's own thread pool starts with the first
    const before = await held();
    for (let times = 0; times < 2; times++) await use();
    await t.throwsAsync(
      merge(RECIPE, { ...gpu, out: join(out, 'inside'), signal: AbortSignal.abort(new Error('stopped')) }),
    );
    await t.throwsAsync(merge(RECIPE, { ...gpu, out, force: true, adapter: 'no such adapter' }), { code: 'device' });
    t.deepEqual(await held(), before);
  },
);
