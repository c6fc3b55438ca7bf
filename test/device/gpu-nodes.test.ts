import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { mayHaveGpu } from '../../src/devices/gpu-nodes.ts';

test('auto looks for a GPU only where /dev shows one', async (t) => {
  const root = await mkdtemp(join(tmpdir(), 'swizzle-test-'));
  t.teardown(() => rm(root, { recursive: true }));
  const put = async (path: string): Promise<boolean> => {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), '');
    return mayHaveGpu('linux', root);
  };
  t.false(mayHaveGpu('linux', join(root, 'absent')));
  t.false(await put('tty0'));
  t.false(await put('dri/card0'), 'a display without a render node');
  t.true(mayHaveGpu('darwin', root));
  t.true(await put('dri/renderD128'));
  await rm(join(root, 'dri'), { recursive: true });
  t.false(mayHaveGpu('linux', root));
  t.true(await put('nvidia0'));
});
