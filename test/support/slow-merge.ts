import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { filled, writeModel } from './checkpoints.ts';

/** Writes two models whose merge with these arguments takes long enough to be interrupted. */
export async function slowMerge(folder: string, out: string): Promise<string[]> {
  const tensors = Array.from({ length: 8 }, (_, index) =>
    filled({ name: `layers.${index}.weight`, dtype: 'BF16', shape: [1 << 20] }),
  );
  for (const name of ['a', 'b']) await writeModel(join(folder, name), [tensors]);
  const models = [join(folder, 'a'), join(folder, 'b'), '--weights', '0.5', '0.5'];
  return ['merge', ...models, '-o', out, '--device', 'cpu', '--lanes', '1', '--chunk-size', '4KiB'];
}

/** Waits until a run beside `folder`'s entries has begun to write. */
export async function untilWriting(folder: string): Promise<void> {
  for (;;) {
    const hidden = (await readdir(folder)).find((name) => name.includes('.swizzle-partial-'));
    const files = hidden === undefined ? [] : await readdir(join(folder, hidden, 'model')).catch(() => []);
    if (files.length > 0) return;
    await sleep(5);
  }
}
