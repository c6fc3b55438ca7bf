import { styleText } from 'node:util';

/** Ways to make text stand out; the same text where colours are off. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly bad: (text: string) => string;
  /** Whether there are colours. */
  readonly colors: boolean;
}

type Format = Parameters<typeof styleText>[0];

/**
 * What a stream takes: colours on a terminal only, off with NO_COLOR, --no-color and TERM=dumb, on with FORCE_COLOR.
 * Colours are never alone: a word or a symbol says the same.
 */
export function styleFor(
  stream: NodeJS.WriteStream,
  args: readonly string[] = process.argv,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Style {
  const off = args.includes('--no-color') || Boolean(env['NO_COLOR']) || env['FORCE_COLOR'] === '0';
  const forced = Boolean(env['FORCE_COLOR']);
  const colors = !off && (forced || (stream.isTTY === true && stream.hasColors()));
  const as =
    (format: Format) =>
    (text: string): string =>
      colors ? styleText(format, text) : text;
  return { bold: as('bold'), dim: as('dim'), good: as('green'), warning: as('yellow'), bad: as('red'), colors };
}
