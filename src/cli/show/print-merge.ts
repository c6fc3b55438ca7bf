import { constants } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { formatCount, formatTable } from '../terminal/format.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { messageOf, SwizzleError } from '../../errors.ts';
import { openRegular } from '../../regular-file.ts';
import { chromeTrace, type ChunkEvent, profileRows } from '../../run/execute/profile.ts';
import type { MergeAbout } from '../../run/merge/merge-about.ts';
import { counted } from '../../counted.ts';

/** What a plan and a summary have in common. */
interface Described extends MergeAbout {
  readonly tensorCount: number;
  readonly parameters: number;
  readonly shards: readonly string[];
}

const MOST_MODELS = 12;

/** "linear of 2 models to bfloat16: 39 tensors, 1.00 M parameters, 1 shard" */
export function headLine({ method, models, dtype, tensorCount, parameters, shards }: Described): string {
  const of = counted(models.length, 'model');
  const size = `${counted(tensorCount, 'tensor')}, ${formatCount(parameters)} parameters, ${counted(shards.length, 'shard')}`;
  return `${method} of ${of} to ${dtype}: ${size}`;
}

/** A line a model: its weight, its name. */
export function modelLines(models: MergeAbout['models']): string[] {
  const shown = models.slice(0, MOST_MODELS);
  const weights = shown.map(({ weight, base }) => weight ?? (base ? 'base' : ''));
  const width = Math.max(...weights.map((weight) => weight.length));
  const lines = shown.map(({ model, weight, base }, index) => {
    const name = base && weight !== undefined ? `${model} (base)` : model;
    const label = index === 0 ? 'models' : '';
    return `  ${label.padEnd(9)}${(weights[index] ?? '').padEnd(width)}${width > 0 ? '  ' : ''}${name}`;
  });
  if (models.length > shown.length)
    lines.push(`  ${' '.repeat(9)}and ${counted(models.length - shown.length, 'more model')}`);
  return lines;
}

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
