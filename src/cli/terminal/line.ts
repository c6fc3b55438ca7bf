/** How the beginning of a line stands out where there are colors. */
export type Mark = 'bold' | 'dim' | 'good' | 'warning' | 'bad';

/** A line whose beginning stands out. */
export interface MarkedLine {
  readonly mark: Mark;
  readonly lead: string;
  readonly rest: string;
}

/** One line of output, without colors or escapes: the terminal adds the first and escapes what is foreign. */
export type Line = string | MarkedLine;

/** `lead` in the mark's color, then `rest` as it is. */
export function marked(mark: Mark, lead: string, rest: string = ''): MarkedLine {
  return { mark, lead, rest };
}

/** The line without its mark. */
export function plainLine(line: Line): string {
  return typeof line === 'string' ? line : `${line.lead}${line.rest}`;
}
