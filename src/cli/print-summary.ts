import type { MergeSummary } from '../verbs/merge.ts';
import { formatBytes, formatCount, formatRate, formatSeconds } from './format.ts';
import type { Terminal } from './terminal.ts';

const MOST_TENSORS = 10;

/** Prints what a merge did. */
export function printSummary(terminal: Terminal, summary: MergeSummary, json: boolean): void {
  const { out, seconds, device, counts, tensors, bytesRead, bytesWritten } = summary;
  if (json) {
    const perTensor = [...tensors].map(([name, own]) => ({ name, ...own }));
    terminal.print(JSON.stringify({ ...summary, tensors: perTensor }, undefined, 2));
    return;
  }
  for (const name of summary.differing)
    terminal.note(`warning: ${name}: differs between the models, taken from the first`);
  const moved = bytesRead + bytesWritten;
  terminal.note(
    [
      `${out}: ${summary.tensorCount} tensors, ${formatCount(summary.parameters)} parameters, ${summary.shards.length} shard${summary.shards.length === 1 ? '' : 's'}`,
      `  ${formatBytes(bytesRead)} read, ${formatBytes(bytesWritten)} written in ${formatSeconds(seconds)} (${formatRate(moved, seconds)})`,
      `  device ${device}`,
      `  ${counts.nan} NaN, ${counts.infinite} infinite, ${counts.overflow} overflowed`,
    ].join('\n'),
  );
  const worst = [...tensors].slice(0, MOST_TENSORS);
  for (const [name, own] of worst) {
    terminal.note(`    ${name}: ${own.nan} NaN, ${own.infinite} infinite, ${own.overflow} overflowed`);
  }
  if (tensors.size > worst.length) terminal.note(`    and ${tensors.size - worst.length} tensors more`);
}
