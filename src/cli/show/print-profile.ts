import { constants } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { messageOf, SwizzleError } from '../../errors.ts';
import { chromeTrace, type ChunkEvent, profileRows } from '../../run/execute/profile.ts';
import { formatTable } from '../terminal/format.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { openRegular } from '../../regular-file.ts';

/** Finds out before a run whether its trace can be written. @throws SwizzleError 'usage' */
export async function checkProfileFile(file: string): Promise<void> {
  try {
    await (await openRegular(file, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT)).file.close();
  } catch (cause) {
    throw new SwizzleError('usage', `--profile: ${messageOf(cause)}`, { cause });
  }
}

/** Prints where a run's time went, and writes its trace. The model is there by then: what goes wrong is only said. */
export async function printProfile(terminal: Terminal, events: readonly ChunkEvent[], file: string): Promise<void> {
  const rows = profileRows(events).map(({ part, ms, share }) => [part, ms.toFixed(1), `${(100 * share).toFixed(1)} %`]);
  terminal.note(formatTable([['part', 'busy ms', 'of lanes x wall'], ...rows]));
  try {
    await writeFile(file, chromeTrace(events));
  } catch (cause) {
    terminal.note(`warning: --profile: ${messageOf(cause)}`);
    return;
  }
  terminal.note(`trace of ${events.length} chunks in ${file}: open it in https://ui.perfetto.dev`);
}
