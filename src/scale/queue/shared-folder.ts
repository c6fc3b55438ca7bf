import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readText } from '../../regular-file.ts';

/** By this file a worker knows that a folder of that name is the sweep's, and not one of its own machine. */
const MARK = '.swizzle-queue';

export async function markFolder(folder: string, sweep: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, MARK), sweep);
}

export async function isMarked(folder: string, sweep: string): Promise<boolean> {
  return readText(join(folder, MARK)).then(
    (text) => text === sweep,
    () => false,
  );
}
