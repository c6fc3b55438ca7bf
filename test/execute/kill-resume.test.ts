import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { readManifest } from '../../src/run/output/manifest.ts';
import { checkFiles } from '../../src/commands/verify/check-files.ts';
import { swizzle } from '../support/command.ts';
import { killAndResume } from '../support/kill-resume.ts';
import { slowMerge } from '../support/slow-merge.ts';
import { temporaryFolder } from '../support/temporary.ts';

test('merges killed at random moments and resumed are byte for byte what they would have been', async (t) => {
  const seed = Date.now() % 1_000_000;
  const { killed, resumed } = await killAndResume(t, await temporaryFolder(t), seed, 4, [{ device: 'cpu' }]);
  t.log(`seed ${seed}: ${killed} killed, ${resumed} resumed`);
});

/** Waits until a run has written down that some chunks are finished. */
async function untilJournal(folder: string): Promise<void> {
  for (;;) {
    const hidden = (await readdir(folder)).find((name) => name.includes('.swizzle-partial-'));
    const text = hidden === undefined ? '' : await readFile(join(folder, hidden, 'journal'), 'utf8').catch(() => '');
    if (text.split('\n').length > 20) return;
    await sleep(5);
  }
}

test('a killed merge goes on where it was, in other chunks; its manifest covers every byte all the same', async (t) => {
  const folder = await temporaryFolder(t);
  const [out, whole] = [join(folder, 'out'), join(folder, 'whole')];
  const args = await slowMerge(folder, out);
  t.is((await swizzle(args.map((arg) => (arg === out ? whole : arg)))).code, 0);
  const { signal } = await swizzle(args, { onStart: (kill) => void untilJournal(folder).then(() => kill('SIGKILL')) });
  t.is(signal, 'SIGKILL');
  const other = args.map((arg) => (arg === '4KiB' ? '24KiB' : arg));
  const { code, stderr } = await swizzle([...other, '--resume']);
  t.is(code, 0, stderr);
  t.regex(stderr, /going on with \d/);
  const weights = (of: string): Promise<Buffer> => readFile(join(of, 'model.safetensors'));
  t.true((await weights(out)).equals(await weights(whole)));
  const manifest = await readManifest(out);
  if (manifest === undefined) return t.fail('no manifest');
  const { bytes, problems } = await checkFiles(out, manifest);
  t.deepEqual(problems, []);
  t.is(
    bytes,
    [...manifest.files.values()].reduce((sum, file) => sum + file.bytes, 0),
  );
});
