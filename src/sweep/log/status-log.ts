import { constants } from 'node:fs';
import { join } from 'node:path';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import { parseEvent, type SweepEvent } from './events.ts';
import { openRegular, readText } from '../../regular-file.ts';

/** The status file of the sweep in `folder`. */
export function statusFile(folder: string): string {
  return join(folder, 'sweep.jsonl');
}

/** sweep.jsonl, open for appending: one event a line, on the disk when `append` returns. */
export interface StatusLog extends AsyncDisposable {
  append(...events: SweepEvent[]): Promise<void>;
}

/**
 * The events of a sweep so far; none where there is no file. A last line without its end was being written when a
 * run was killed, or is being written now: it does not count.
 * @throws SwizzleError 'io' that names file and line where a whole line is no event
 */
export async function readStatusLog(path: string): Promise<SweepEvent[]> {
  const text = await readText(path).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return '';
    throw new SwizzleError('io', `${path}: ${messageOf(cause)}`, { cause, details: { path } });
  });
  const lines = text.split('\n');
  lines.pop();
  return lines.map((line, index) => {
    const event = parseEvent(line);
    if (event !== undefined) return event;
    const message = `${path}:${index + 1}: expected an event of a sweep, found ${JSON.stringify(line.slice(0, 80))}`;
    throw new SwizzleError('io', message, { details: { path, line: index + 1 } });
  });
}

const APPEND = constants.O_APPEND | constants.O_CREAT | constants.O_RDWR;

/** Opens sweep.jsonl for appending, and cuts off a last line that is not whole. */
export async function openStatusLog(path: string): Promise<StatusLog> {
  const { file } = await openRegular(path, APPEND).catch((cause: unknown) => {
    throw new SwizzleError('io', `${path}: ${messageOf(cause)}`, { cause, details: { path } });
  });
  try {
    const bytes = await file.readFile();
    const whole = bytes.lastIndexOf(0x0a) + 1;
    if (whole < bytes.length) await file.truncate(whole);
  } catch (cause) {
    await file.close();
    throw new SwizzleError('io', `${path}: ${messageOf(cause)}`, { cause, details: { path } });
  }
  let last: Promise<void> = Promise.resolve();
  const write = async (line: string): Promise<void> => {
    await file.appendFile(line);
    await file.datasync();
  };
  return {
    append(...events): Promise<void> {
      const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('');
      // one after another: lines never mix
      const next = last.then(() => write(lines));
      last = next.catch(() => undefined);
      return next.catch((cause: unknown) => {
        throw new SwizzleError('io', `${path}: ${messageOf(cause)}`, { cause, details: { path } });
      });
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await last;
      await file.close();
    },
  };
}
