import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Whether something is mounted at a folder, as a container's volume: such a folder can be neither moved nor replaced. */
export async function isMountPoint(path: string): Promise<boolean> {
  const [own, above] = [await stat(path), await stat(dirname(path))];
  if (own.dev !== above.dev || own.ino === above.ino) return true;
  // part of the same file system may be mounted there
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return table.split('\n').some((line) => unescape(line.split(' ')[4] ?? '') === path);
}

/** Blanks stand in the table as \040. */
function unescape(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
