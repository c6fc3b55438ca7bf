import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalSource, openLocalSource } from '../../models/checkpoint/files/local-source.ts';
import { createOutputFile, type OutputFile } from '../../run/execute/sinks.ts';
import { ResourceStack } from '../../resource-stack.ts';

/** A file that is written and read again by this process alone. It takes the room of what is written, wherever in it that is. */
export interface ScratchFile {
  readonly sink: OutputFile;
  readonly source: LocalSource;
}

/**
 * Makes scratch files in the system's temporary folder. Their names are gone as soon as they are open, so that nothing is left of a
 * process that is killed.
 * @param sizes of the files, in bytes
 * @throws SwizzleError 'io'
 */
export async function openScratchFiles(sizes: readonly number[], stack: ResourceStack): Promise<ScratchFile[]> {
  const folder = await mkdtemp(join(tmpdir(), 'swizzle-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  // disposed of last: some systems keep the names of open files
  stack.use({ [Symbol.asyncDispose]: remove });
  const files: ScratchFile[] = [];
  for (const [index, size] of sizes.entries()) {
    const path = join(folder, `${index}`);
    const sink = stack.use(await createOutputFile(path, size));
    files.push({ sink, source: stack.use(await openLocalSource(path)) });
  }
  await remove().catch(() => undefined);
  return files;
}
