import { type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import type { InputFile } from '../../models/models.ts';

/** What a file looked like when a run began; undefined for what is not on this machine. */
export interface WatchedInput {
  readonly file: InputFile;
  readonly before: BigIntStats | undefined;
}

/** Notes what the inputs of a run look like. @throws SwizzleError 'io' where one has changed since the plan was made */
export async function watchInputs(files: readonly InputFile[]): Promise<WatchedInput[]> {
  const watched: WatchedInput[] = [];
  for (const file of files) {
    const isElsewhere = file.made !== undefined || file.path.startsWith('hf://');
    const before = isElsewhere ? undefined : await lookAt(file.path);
    if (before !== undefined && before.size !== BigInt(file.size)) {
      throw changed(file.path, `had ${file.size} bytes when its header was read, has ${before.size} now`);
    }
    watched.push({ file, before });
  }
  return watched;
}

/**
 * Looks at the inputs again at the end: what was written over while it was read gives weights of neither version.
 * @throws SwizzleError 'io' that names the file
 */
export async function checkInputs(watched: readonly WatchedInput[]): Promise<void> {
  for (const { file, before } of watched) {
    if (before === undefined) continue;
    const now = await lookAt(file.path);
    if (now.size !== before.size)
      throw changed(file.path, `had ${before.size} bytes at the start, has ${now.size} now`);
    if (now.mtimeNs !== before.mtimeNs) throw changed(file.path, `was written to at ${now.mtime.toISOString()}`);
    if (now.ino !== before.ino || now.dev !== before.dev) throw changed(file.path, 'was replaced by another file');
  }
}

async function lookAt(path: string): Promise<BigIntStats> {
  return stat(path, { bigint: true }).catch((cause: unknown) => {
    const what = systemCode(cause) === 'ENOENT' ? 'is gone' : messageOf(cause);
    throw new SwizzleError('io', `${path}: ${what}, while it was being read`, {
      cause,
      details: { path, inputChanged: true },
    });
  });
}

function changed(path: string, how: string): SwizzleError {
  return new SwizzleError('io', `${path}: ${how}: an input may not change while it is read`, {
    details: { path, inputChanged: true },
  });
}
