/** A part of a line, and how dispensable it is: the greatest rank goes first, rank 0 stays. */
export interface LinePart {
  readonly text: string;
  readonly rank: number;
}

/** Parts with two spaces between; where they are wider than `columns`, whole parts are left out instead of cutting one. */
export function fitLine(parts: readonly LinePart[], columns: number): string {
  const line = parts.map(({ text }) => text).join('  ');
  const rank = Math.max(0, ...parts.map((part) => part.rank));
  if (line.length <= columns) return line;
  // the last parts go whole, the first is cut where it is wider than the line
  if (rank === 0) return parts.length > 1 ? fitLine(parts.slice(0, -1), columns) : line.slice(0, columns);
  return fitLine(
    parts.filter((part) => part.rank < rank),
    columns,
  );
}

/** `text` with its middle left out where it is longer than `columns`: names differ at both ends. */
export function fitMiddle(text: string, columns: number): string {
  if (text.length <= columns) return text;
  const kept = Math.max(0, columns - 1);
  const head = Math.ceil(kept / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (kept - head))}`;
}
