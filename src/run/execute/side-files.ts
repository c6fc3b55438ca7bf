import { dirname, join } from 'node:path';
import type { SideFile } from '../../models/checkpoint/files/side-files.ts';
import { type OutputCalls, SYSTEM_CALLS } from '../output/files.ts';
import type { PlanVariant } from '../../plan/plan.ts';
import { writeFailure } from './sinks.ts';

/**
 * Writes what lies beside the weights: copies, the plan's own texts, and `more` of the caller's, which count before copies.
 * @throws SwizzleError 'io' naming the file
 */
export async function writeSideFiles(
  folder: string,
  { texts }: PlanVariant,
  sideFiles: readonly SideFile[],
  more: readonly { readonly name: string; readonly text: string }[],
  { copyFile, mkdir, writeFile }: OutputCalls = SYSTEM_CALLS,
): Promise<void> {
  const own = [...texts, ...more];
  const write = async (name: string, fill: (path: string) => Promise<void>): Promise<void> => {
    const path = join(folder, name);
    try {
      await mkdir(dirname(path), { recursive: true });
      await fill(path);
    } catch (cause) {
      throw writeFailure(path, 'writing', cause);
    }
  };
  for (const { name, path } of sideFiles) {
    if (own.some((text) => text.name === name)) continue;
    await write(name, (target) => copyFile(path, target));
  }
  for (const { name, text } of own) await write(name, (target) => writeFile(target, text));
}
