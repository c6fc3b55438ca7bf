import type { RaceResult } from './race.ts';

/** A race as a Markdown table. */
export function raceTable({ title, rows }: RaceResult): string {
  const head = ['', 'median s', 'min', 'max', 'x floor', 'GB/s out', 'peak MB', 'CPU s'];
  const body = rows.map((row) => [
    row.name,
    row.median.toFixed(2),
    row.min.toFixed(2),
    row.max.toFixed(2),
    row.ratio.toFixed(2),
    row.outputGBps.toFixed(2),
    row.peakBytes === 0 ? '' : String(Math.round(row.peakBytes / 1e6)),
    row.cpuSeconds.toFixed(2),
  ]);
  return `${title}\n\n${markdown([head, ...body])}`;
}

/** Rows, the first of them the head, as a Markdown table; the first column to the left, the others to the right. */
export function markdown(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const [head, ...body] = rows.map((row) =>
    line(row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))),
  );
  const rule = line(widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)));
  return `${[head, rule, ...body].join('\n')}\n`;
}
