import { escapeText } from '../../escape-text.ts';

/** "1.25 GiB": bytes as people read them. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toPrecision(value < 10 ? 3 : 4)} ${units[unit]}`;
}

/** "10.7 B", "1.00 M": a count of parameters. */
export function formatCount(count: number): string {
  for (const [size, unit] of [
    [1e12, 'T'],
    [1e9, 'B'],
    [1e6, 'M'],
    [1e3, 'K'],
  ] as const) {
    if (count >= size) return `${(count / size).toPrecision(3)} ${unit}`;
  }
  return String(count);
}

/** "0.62 s", "3 min 20 s". */
export function formatSeconds(seconds: number): string {
  if (seconds < 59.95) return `${seconds < 9.995 ? seconds.toFixed(2) : seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "1.61 GB/s", "35.0 MB/s", "7.5 kB/s", from bytes and seconds; decimal, as storage is sold. */
export function formatRate(bytes: number, seconds: number): string {
  const rate = bytes / Math.max(seconds, 1e-9);
  if (rate >= 0.995e8) return `${(rate / 1e9).toFixed(2)} GB/s`;
  return rate < 0.995e5 ? `${(rate / 1e3).toFixed(1)} kB/s` : `${(rate / 1e6).toFixed(1)} MB/s`;
}

/** Rows as lines with aligned columns, numbers to the right; the first row is the head. Cells are escaped before they are measured. */
export function formatTable(table: readonly (readonly (string | number)[])[]): string[] {
  const rows = table.map((row) => row.map((cell) => (typeof cell === 'number' ? cell : escapeText(cell))));
  const widths = (rows[0] ?? []).map(() => 0);
  const numeric = widths.map(() => true);
  for (const [index, row] of rows.entries()) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, String(cell).length);
      if (index > 0 && typeof cell !== 'number') numeric[column] = false;
    }
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return numeric[column] ? String(cell).padStart(width) : String(cell).padEnd(width);
    });
    return cells.join('  ').trimEnd();
  });
}
