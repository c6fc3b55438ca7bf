import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SideFile } from '../checkpoint/files/side-files.ts';
import type { PlanVariant } from '../plan/plan.ts';

/** Writes what lies beside the weights: copies, the plan's own texts, and `more` of the caller's, which count before copies. */
export async function writeSideFiles(
  folder: string,
  { texts }: PlanVariant,
  sideFiles: readonly SideFile[],
  more: readonly { readonly name: string; readonly text: string }[],
): Promise<void> {
  const own = [...texts, ...more];
  for (const { name, path } of sideFiles) {
    if (own.some((text) => text.name === name)) continue;
    const target = join(folder, name);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(path, target);
  }
  for (const { name, text } of own) {
    const target = join(folder, name);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
  }
}
