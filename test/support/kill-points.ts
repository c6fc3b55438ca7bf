import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { swizzle } from './command.ts';
import { temporaryFolder } from './temporary.ts';

const BASE = 'fixtures/mini-cocktail/base';
const PYTHON = 'fixtures/mini-cocktail/ft-python';
const HOOK = `--import=${process.cwd()}/build/test/support/at-operation.js`;

/** Merges with the weight of the first model, so that old and new differ. */
function merge(out: string, weight: string): string[] {
  const models = [BASE, PYTHON, '--weights', weight, String(1 - Number(weight))];
  return ['merge', ...models, '-o', out, '--device', 'cpu', '--quiet'];
}

const weights = (folder: string): Promise<Buffer | undefined> =>
  readFile(join(folder, 'model.safetensors')).catch(() => undefined);

const same = (a: Buffer, b: Buffer | undefined): boolean => b !== undefined && a.equals(b);

/**
 * Replaces a model with --force, and kills the run at one change of a name in the file system after the other. OUT is then
 * the old model or the new one, or nothing, where the next run puts it right.
 * @param first the first change to kill at, from 1
 */
export async function killAtEveryPoint(t: ExecutionContext, mode: 'kill' | 'kill-after', first: number): Promise<void> {
  const folder = await temporaryFolder(t);
  const out = join(folder, 'out');
  await swizzle(merge(join(folder, 'old'), '0.5'));
  await swizzle(merge(join(folder, 'new'), '0.25'));
  const [before, after] = [await weights(join(folder, 'old')), await weights(join(folder, 'new'))];
  const states = new Set<string>();
  for (let at = first; ; at++) {
    await cp(join(folder, 'old'), out, { recursive: true });
    const env = { NODE_OPTIONS: HOOK, SWIZZLE_TEST_AT: `${mode} ${at}` };
    const { signal, code, stderr } = await swizzle([...merge(out, '0.25'), '--force'], { env });
    if (signal === null) {
      t.is(code, 0, stderr);
      t.true(at - first >= 6, `${at - first} moments`);
      break;
    }
    const found = await weights(out);
    if (found === undefined) {
      const hidden = (await readdir(folder)).find((name) => name.includes('.swizzle-partial-')) ?? '';
      t.deepEqual(await weights(join(folder, hidden, 'replaced')), before);
      t.deepEqual(await weights(join(folder, hidden, 'model')), after);
      const next = await swizzle(merge(out, '0.25'));
      t.is(next.code, 2, 'OUT is there already: it was put right');
      t.deepEqual(await weights(out), after);
      states.add('between');
    } else {
      t.true(same(found, before) || same(found, after));
      states.add(same(found, before) ? 'old' : 'new');
    }
    const last = await swizzle([...merge(out, '0.25'), '--force']);
    t.is(last.code, 0, last.stderr);
    t.deepEqual(await weights(out), after);
    t.deepEqual((await readdir(folder)).sort(), ['new', 'old', 'out']);
  }
  t.deepEqual([...states].sort(), ['between', 'new', 'old']);
}
