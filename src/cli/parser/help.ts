import { type Line, marked } from '../terminal/line.ts';
import type { Command } from './command.ts';
import type { Program } from './program.ts';

/** Columns of help where the terminal has more, or where there is none. */
const WIDEST = 80;
/** Less room than this for descriptions, and they go below their terms. */
const LEAST = 40;

interface Row {
  readonly term: string;
  readonly text: string;
}

/** Rows by their headings, in order. */
type Groups = ReadonlyMap<string, readonly Row[]>;

/** The help of the whole program: its commands by heading. */
export function programHelp(program: Program): Line[] {
  const groups = new Map<string, Row[]>([['Options:', program.options.map(rowOf)]]);
  groups.get('Options:')?.push({ term: '-h, --help', text: 'show help, of a command where one is named' });
  for (const [heading, commands] of Object.entries(program.groups)) {
    groups.set(
      heading,
      commands.map(({ name, about }) => ({ term: name, text: about })),
    );
  }
  return layOut('swizzle COMMAND [options]', program.description, groups, program.after);
}

/**
 * The help of one command: its arguments, then its options by heading.
 * @param all whether advanced options are shown
 */
export function commandHelp(command: Command, program: Program, all: boolean): Line[] {
  const groups = new Map<string, Row[]>();
  if (command.arguments.length > 0) {
    const rows = command.arguments.map(({ name, description }) => ({ term: name, text: description }));
    groups.set('Arguments:', rows);
  }
  const advanced = command.options.filter(({ isAdvanced }) => isAdvanced);
  for (const option of command.options.filter((one) => !one.isAdvanced)) {
    groups.set(option.heading, [...(groups.get(option.heading) ?? []), rowOf(option)]);
  }
  if (all && advanced.length > 0) groups.set('Advanced:', advanced.map(rowOf));
  const more = { term: '--help --all', text: 'show advanced options too' };
  const common = [
    { term: '-h, --help', text: 'show help' },
    ...(advanced.length > 0 && !all ? [more] : []),
    ...program.options.map(rowOf),
  ];
  groups.set('Options:', [...(groups.get('Options:') ?? []), ...common]);
  return layOut(
    `swizzle ${command.name} ${command.usageText ?? '[options]'}`,
    command.descriptionText,
    groups,
    command.after,
  );
}

function rowOf({ flags, description }: { readonly flags: string; readonly description: string }): Row {
  return { term: flags, text: description };
}

function layOut(usage: string, description: string, groups: Groups, after: string): Line[] {
  const columns = Math.min(WIDEST, process.stdout.columns || WIDEST);
  const width = Math.max(...[...groups.values()].flat().map(({ term }) => term.length));
  const [first = '', ...more] = usage.trimEnd().split('\n');
  const lines: Line[] = [marked('bold', 'Usage:', ` ${first}`), ...more, '', ...wrap(description, columns), ''];
  for (const [heading, rows] of groups) {
    lines.push(marked('bold', heading));
    for (const { term, text } of rows) {
      const room = columns - width - 4;
      if (room < LEAST) {
        lines.push(`  ${term}`, ...wrap(text, columns - 6).map((line) => `      ${line}`));
        continue;
      }
      const [first = '', ...rest] = wrap(text, room);
      lines.push(`  ${term.padEnd(width)}  ${first}`, ...rest.map((line) => `${' '.repeat(width + 4)}${line}`));
    }
    lines.push('');
  }
  const last = after.trim();
  return last === '' ? lines.slice(0, -1) : [...lines, ...last.split('\n')];
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
