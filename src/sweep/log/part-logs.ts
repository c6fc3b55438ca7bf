import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import type { Part } from '../../plan/part.ts';
import type { SweepEvent } from './events.ts';
import { readStatusLog } from './status-log.ts';

/** What a process that ran a part of a sweep has written down. */
export interface PartLog {
  readonly path: string;
  readonly part: Part;
  readonly events: readonly SweepEvent[];
}

const NAME = /^sweep\.part-(\d+)-of-(\d+)\.[0-9a-f]+\.jsonl$/;

/** A file of a process's own: no two ever append to one. */
export function newPartLog(folder: string, { index, count }: Part): string {
  return join(folder, `sweep.part-${index + 1}-of-${count}.${randomBytes(4).toString('hex')}.jsonl`);
}

/** The logs of all parts, by part. @throws SwizzleError 'io' */
export async function readPartLogs(folder: string): Promise<PartLog[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return [];
    throw new SwizzleError('io', `${folder}: ${messageOf(cause)}`, { cause, details: { folder } });
  });
  const logs: PartLog[] = [];
  for (const name of names.sort()) {
    const [, number, count] = NAME.exec(name) ?? [];
    if (number === undefined) continue;
    const path = join(folder, name);
    logs.push({ path, part: { index: Number(number) - 1, count: Number(count) }, events: await readStatusLog(path) });
  }
  return logs.sort((a, b) => a.part.count - b.part.count || a.part.index - b.part.index);
}

/** Removes logs whose events are kept elsewhere by now. */
export async function removePartLogs(logs: readonly PartLog[]): Promise<void> {
  for (const { path } of logs) await rm(path, { force: true });
}
