import yargs from 'yargs';
import { SwizzleError } from '../../errors.ts';
import { didYouMean } from '../../nearest.ts';
import type { Command } from './command.ts';
import type { Option } from './option.ts';

/** A command with the words that were typed for it. */
export interface ParsedCommand {
  /** Runs it. @throws what the command throws */
  run(): Promise<void>;
}

/**
 * Parses the words behind a command's name.
 * @param common options that every command takes
 * @throws SwizzleError 'usage' that says what is wrong
 */
export function parseCommand(command: Command, common: readonly Option[], words: readonly string[]): ParsedCommand {
  const options = [...command.options, ...common];
  const typed = typedWords(options, words);
  for (const name of Object.keys(typed.options)) {
    const known = options.some(({ long, short }) => long === flagOf(name) || short === flagOf(name));
    if (!known)
      throw new SwizzleError('usage', `unknown option ${flagOf(name)}${didYouMean(flagOf(name), flagsOf(options))}`);
  }
  const values = optionValues(options, typed.options);
  const given = argumentValues(command, typed.words);
  return {
    run: async () => {
      const result: unknown = command.run && Reflect.apply(command.run, undefined, [...given, values]);
      await result;
    },
  };
}

/** "--out", "--json", ...: the long names that may be given. */
export function flagsOf(options: readonly Option[]): string[] {
  return [...options.map(({ long }) => long), '--help'];
}

interface TypedWords {
  readonly words: readonly string[];
  /** By name without dashes; texts where a value follows. */
  readonly options: Readonly<Record<string, unknown>>;
}

function typedWords(options: readonly Option[], words: readonly string[]): TypedWords {
  let parser = yargs()
    .help(false)
    .version(false)
    .exitProcess(false)
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'duplicate-arguments-array': true,
      'greedy-arrays': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': false,
      'strip-aliased': true,
    })
    .fail((message, cause) => {
      throw new SwizzleError('usage', messageOf(message, options), { cause });
    });
  for (const option of options) {
    const alias = option.short?.slice(1);
    parser = parser.option(option.long.slice(2), {
      ...(alias === undefined ? {} : { alias }),
      ...(option.required ? { string: true, requiresArg: true } : { boolean: true }),
    });
  }
  const {
    _: rest,
    $0: _,
    ...found
  } = parser.parseSync(
    withValues(
      words.flatMap((word) => apart(word, options)),
      options,
    ),
  );
  const given = Object.entries(found).filter(([, value]) => value !== undefined);
  return { words: rest.map(String), options: Object.fromEntries(given) };
}

/** "-oDIR" as "-o" and "DIR". */
function apart(word: string, options: readonly Option[]): string[] {
  const glued = options.find(
    ({ short, required }) => short !== undefined && required && word.length > 2 && word.startsWith(short),
  );
  return glued === undefined || word.startsWith('--') ? [word] : [word.slice(0, 2), word.slice(2).replace(/^=/, '')];
}

/** "--part" and its value as one word, or with what stands for a value that is left out. */
function withValues(words: readonly string[], options: readonly Option[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const option = options.find(({ long, valueLike }) => valueLike !== undefined && long === word);
    if (option === undefined) joined.push(word);
    else if (option.valueLike?.test(words[at + 1] ?? '')) joined.push(`${word}=${words[++at]}`);
    else joined.push(`${word}=${option.instead}`);
  }
  return joined;
}

/** yargs' words for a value that is missing, in this program's. */
function messageOf(message: string, options: readonly Option[]): string {
  const [, name] = /^Not enough arguments following: (.+)$/.exec(message) ?? [];
  const option = options.find(({ long, short }) => long === `--${name}` || short === `-${name}`);
  return option === undefined ? message : `option ${option.flags}: its value is missing`;
}

function flagOf(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

function optionValues(options: readonly Option[], typed: TypedWords['options']): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const { key, defaultValue, negates } of options) {
    // "--no-write" alone: true where it is not given
    const isPlain = negates && options.every((other) => other.negates || other.key !== key);
    if (isPlain || defaultValue !== undefined) values[key] = isPlain ? true : defaultValue;
  }
  const given = new Map<string, Option>();
  for (const option of options) {
    const value = typed[option.long.slice(2)];
    if (value === undefined || value === false) continue;
    const before = given.get(option.key);
    if (before !== undefined) throw new SwizzleError('usage', `${before.long} and ${option.long} do not go together`);
    given.set(option.key, option);
    if (option.required && option.valueLike === undefined && textOf(value) === '')
      throw new SwizzleError('usage', `option ${option.flags}: expected a value, found ""`);
    if (!option.required) values[option.key] = !option.negates;
    else values[option.key] = option.parse?.(textOf(value)) ?? textOf(value);
  }
  for (const option of options) {
    if (option.mandatory && !given.has(option.key))
      throw new SwizzleError('usage', `option ${option.flags} is missing`);
    const other = given.has(option.key) ? option.conflicting.find((key) => given.has(key)) : undefined;
    if (other === undefined) continue;
    throw new SwizzleError('usage', `${option.long} and ${given.get(other)?.long} do not go together`);
  }
  return values;
}

/** What was typed once, or several times where that may be. */
function textOf(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(',') : String(value);
}

/** @throws SwizzleError 'usage' where there are too few or too many */
function argumentValues(command: Command, words: readonly string[]): unknown[] {
  const { arguments: wanted, name } = command;
  const values = wanted.map(({ variadic, parse, required, name: what }, index): unknown => {
    const own = variadic ? words.slice(index) : words.slice(index, index + 1);
    const [first] = own;
    if (first === undefined) {
      if (required) throw new SwizzleError('usage', `argument ${what} is missing`);
      return undefined;
    }
    if (own.includes('')) throw new SwizzleError('usage', `argument ${what}: expected a value, found ""`);
    return variadic ? own : (parse?.(first) ?? first);
  });
  if (!wanted.some(({ variadic }) => variadic) && words.length > wanted.length) {
    const expected = `${wanted.length} argument${wanted.length === 1 ? '' : 's'}`;
    throw new SwizzleError('usage', `too many arguments for ${name}. Expected ${expected} but got ${words.length}.`);
  }
  return values;
}
