import type { MergeSummary } from '../../commands/merge.ts';
import { formatBytes, formatRate, formatSeconds } from '../terminal/format.ts';
import { type MoreJson, summaryJson } from './merge-json.ts';
import { headLine, modelLines } from './print-merge.ts';
import { marked } from '../terminal/line.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted } from '../../counted.ts';

const MOST_TENSORS = 10;

/** Prints what a merge did. */
export function printSummary(terminal: Terminal, summary: MergeSummary & MoreJson, json: boolean): void {
  const { out, seconds, device, counts, tensors, bytesRead, bytesWritten, part } = summary;
  if (json) {
    terminal.printJson(summaryJson(summary));
    return;
  }
  const partText = part === undefined ? '' : ` part ${part.number} of ${part.of}`;
  for (const name of summary.differing)
    terminal.note(marked('warning', 'warning:', ` ${name}: differs between the models, taken from the first`));
  terminal.note([
    marked('good', `${terminal.isTerminal ? '✓ ' : ''}${out}${partText}`, `  ${headLine(summary)}`),
    ...modelLines(summary.models),
    `  read     ${formatBytes(bytesRead)} at ${formatRate(bytesRead, seconds)}`,
    `  written  ${formatBytes(bytesWritten)} at ${formatRate(bytesWritten, seconds)}`,
    `  took     ${formatSeconds(seconds)} on ${device}`,
    `  values   ${counts.nan} NaN, ${counts.infinite} infinite, ${counts.overflow} overflowed`,
  ]);
  const worst = [...tensors].slice(0, MOST_TENSORS);
  for (const [name, own] of worst) {
    terminal.note(`    ${name}: ${own.nan} NaN, ${own.infinite} infinite, ${own.overflow} overflowed`);
  }
  if (tensors.size > worst.length) terminal.note(`    and ${counted(tensors.size - worst.length, 'more tensor')}`);
}
