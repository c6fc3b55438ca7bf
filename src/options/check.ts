import { SwizzleError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import type { OptionKind } from './kinds.ts';

/** What each option of a function may hold. A key that the type has and the table lacks is a type error. */
export type OptionKinds<T> = { readonly [Name in keyof Required<T>]: OptionKind<unknown> | OptionTable };

/** Options within an option: `hub: { stream: true }`. */
export interface OptionTable {
  readonly within: Readonly<Record<string, OptionKind<unknown>>>;
}

/**
 * Checks the options that a program hands to a function, and gives them as the function takes them: 'float16' as 'F16'.
 * @param caller the function's name, for messages
 * @throws SwizzleError 'usage' that names the option and what it may be
 */
export function checkOptions<T extends object>(caller: string, kinds: OptionKinds<T>, options: unknown): T {
  const table: Readonly<Record<string, OptionKind<unknown> | OptionTable>> = kinds;
  if (options !== undefined && !isPlain(options)) throw wrong(caller, 'options', 'an object', options);
  const given: Readonly<Record<string, unknown>> = options ?? {};
  checkNames(caller, '', Object.keys(table), given);
  const checked: Record<string, unknown> = {};
  for (const [name, kind] of Object.entries(table)) {
    const value = given[name];
    if (value === undefined) {
      if (!('within' in kind) && kind.required === true) throw missing(caller, name, kind.expected);
    } else if ('within' in kind) checked[name] = checkWithin(caller, name, kind, value);
    else checked[name] = checkValue(caller, name, kind, value);
  }
  return checked as T;
}

/** Checks one argument of a function. @throws SwizzleError 'usage' */
export function checkValue<T>(caller: string, name: string, kind: OptionKind<T>, value: unknown): T {
  const read = kind.read(value);
  if (read !== undefined) return read;
  if (value === undefined) throw missing(caller, name, kind.expected);
  throw wrong(caller, name, kind.expected, value, kind.words);
}

function checkWithin(caller: string, name: string, { within }: OptionTable, value: unknown): object {
  if (!isPlain(value)) throw wrong(caller, name, 'an object', value);
  checkNames(caller, `${name}.`, Object.keys(within), value);
  const entries = Object.entries(value).filter(([, own]) => own !== undefined);
  return Object.fromEntries(
    entries.map(([key, own]) => {
      const kind = within[key];
      return [key, kind === undefined ? own : checkValue(caller, `${name}.${key}`, kind, own)];
    }),
  );
}

function checkNames(
  caller: string,
  prefix: string,
  known: readonly string[],
  given: Readonly<Record<string, unknown>>,
): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || known.includes(name)) continue;
    const hint = didYouMean(name, known) || `; it takes ${known.join(', ')}`;
    throw new SwizzleError('usage', `${caller}: unknown option ${prefix}${name}${hint}`, {
      details: { option: `${prefix}${name}`, allowed: known },
    });
  }
}

function missing(caller: string, option: string, expected: string): SwizzleError {
  return new SwizzleError('usage', `${caller}: missing option ${option}; expected ${expected}`, {
    details: { option, expected },
  });
}

function wrong(
  caller: string,
  option: string,
  expected: string,
  found: unknown,
  words: readonly string[] = [],
): SwizzleError {
  const hint = typeof found === 'string' && words.length > 0 ? didYouMean(found, words) : '';
  const message = `${caller}: ${option}: expected ${expected}, found ${shown(found)}${hint}`;
  return new SwizzleError('usage', message, { details: { option, expected, found } });
}

/** A value in a message: short, and never the text of an object. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
