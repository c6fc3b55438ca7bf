import { writeFile } from 'node:fs/promises';
import { messageOf, SwizzleError } from '../errors.ts';
import { chromeTrace, type ChunkEvent, profileRows } from '../execute/profile.ts';
import { formatTable } from './format.ts';
import type { Terminal } from './terminal.ts';

/** Prints where a run's time went, and writes its trace. @throws SwizzleError 'io' when the file cannot be written */
export async function printProfile(terminal: Terminal, events: readonly ChunkEvent[], file: string): Promise<void> {
  const rows = profileRows(events).map(({ part, ms, share }) => [part, ms.toFixed(1), `${(100 * share).toFixed(1)} %`]);
  terminal.note(formatTable([['part', 'busy ms', 'of lanes x wall'], ...rows]));
  try {
    await writeFile(file, chromeTrace(events));
  } catch (cause) {
    throw new SwizzleError('io', `${file}: ${messageOf(cause)}`, { cause });
  }
  terminal.note(`trace of ${events.length} chunks in ${file}: open it in https://ui.perfetto.dev`);
}
