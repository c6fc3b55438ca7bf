import { type FloatDtype, floatDtypeNames, parseFloatDtype } from '../dtype.ts';

/** What an option may hold: one definition for the command line and the library. */
export interface OptionKind<T> {
  /** As messages say it: "a whole number from 1 to 64". */
  readonly expected: string;
  /** Words that a slip may have meant. */
  readonly words?: readonly string[] | undefined;
  /** Whether it may not be left out. */
  readonly required?: boolean | undefined;
  /** The value as the library takes it; undefined where it is none. */
  read(value: unknown): T | undefined;
  /** The value of what was typed; undefined where it is none. Absent: not an option of the command line. */
  parse?(text: string): T | undefined;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A number, all of it: "2x" is none. */
export function parseNumber(text: string): number | undefined {
  return NUMBER.test(text.trim()) ? Number(text) : undefined;
}

/** Any number between bounds that are not in it. */
export function number({
  above = -Infinity,
  below = Infinity,
}: { above?: number; below?: number } = {}): OptionKind<number> {
  const bounds = [
    ...(above === -Infinity ? [] : [`above ${above}`]),
    ...(below === Infinity ? [] : [`below ${below}`]),
  ].join(' and ');
  return numeric(`a number ${bounds}`.trim(), (value) => Number.isFinite(value) && value > above && value < below);
}

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number = Infinity): OptionKind<number> {
  const range = max === Infinity ? `from ${min} on` : `from ${min} to ${max}`;
  return numeric(`a whole number ${range}`, (value) => Number.isSafeInteger(value) && value >= min && value <= max);
}

function numeric(expected: string, isGood: (value: number) => boolean): OptionKind<number> {
  const read = (value: unknown): number | undefined => (typeof value === 'number' && isGood(value) ? value : undefined);
  return { expected, read, parse: (text) => read(parseNumber(text)) };
}

const SIZES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  kib: 1024,
  m: 1e6,
  mb: 1e6,
  mib: 1024 ** 2,
  g: 1e9,
  gb: 1e9,
  gib: 1024 ** 3,
  t: 1e12,
  tb: 1e12,
  tib: 1024 ** 4,
};

/** Bytes: typed as "5GB" or "16MiB", a number for programs. */
export function size(): OptionKind<number> {
  const read = (value: unknown): number | undefined =>
    typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
  const parse = (text: string): number | undefined => {
    const [, count, unit = ''] = /^\s*([\d.]+)\s*([a-z]*)\s*$/i.exec(text) ?? [];
    return read(Math.floor(Number(count) * (SIZES[unit.toLowerCase()] ?? Number.NaN)));
  };
  return { expected: 'a size such as 5GB or 16MiB', read, parse };
}

/** One of a few words, or another spelling of one. */
export function choice<T extends string>(
  words: readonly T[],
  spellings: Readonly<Record<string, T>> = {},
): OptionKind<T> {
  const parse = (text: string): T | undefined => {
    const plain = text.toLowerCase();
    return words.find((word) => word === plain) ?? (Object.hasOwn(spellings, plain) ? spellings[plain] : undefined);
  };
  return { expected: `one of ${words.join(', ')}`, words, parse, read: (value) => whole(value, parse) };
}

/** A float dtype by any of its names: "float16", "fp16", "F16". */
export function dtype(): OptionKind<FloatDtype> {
  const words = floatDtypeNames();
  const read = (value: unknown): FloatDtype | undefined => whole(value, parseFloatDtype);
  return { expected: `one of ${words.join(', ')}`, words, parse: parseFloatDtype, read };
}

function whole<T>(value: unknown, parse: (text: string) => T | undefined): T | undefined {
  return typeof value === 'string' ? parse(value) : undefined;
}

/** Any text but an empty one. */
export function text(expected: string = 'a text'): OptionKind<string> {
  const parse = (value: string): string | undefined => (value === '' ? undefined : value);
  return { expected, parse, read: (value) => whole(value, parse) };
}

export function flag(): OptionKind<boolean> {
  return { expected: 'true or false', read: (value) => (typeof value === 'boolean' ? value : undefined) };
}

/** Something that programs hand over as it is: a function, a signal, a map. */
export function instance<T>(expected: string, isOne: (value: unknown) => boolean): OptionKind<T> {
  return { expected, read: (value) => (isOne(value) ? (value as T) : undefined) };
}

export function callback<T>(): OptionKind<T> {
  return instance('a function', (value) => typeof value === 'function');
}

/** The same option, which may not be left out. */
export function required<T>(kind: OptionKind<T>): OptionKind<T> {
  return { ...kind, required: true };
}
