import { copyFile, mkdir, open, rename, writeFile } from 'node:fs/promises';

/** What a run asks of the file system for its outputs. Tests give calls that fail as a disk does. */
export type OutputCalls = Pick<
  typeof import('node:fs/promises'),
  'copyFile' | 'mkdir' | 'open' | 'rename' | 'writeFile'
>;

export const SYSTEM_CALLS: OutputCalls = { copyFile, mkdir, open, rename, writeFile };
