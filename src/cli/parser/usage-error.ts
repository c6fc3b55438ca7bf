import { SwizzleError } from '../../errors.ts';
import { didYouMean } from '../../nearest.ts';
import { mergekitCommand } from './mergekit-words.ts';
import type { Option } from './option.ts';
import type { Program } from './program.ts';

export function unknownCommand(word: string, program: Program): string {
  if (/\.ya?ml$/i.test(word)) return `unknown command ${word}; to merge by it: swizzle merge ${word} -o OUT`;
  const meant = mergekitCommand(word);
  if (meant !== undefined) return `unknown command ${word}; use ${meant} (docs/FROM-MERGEKIT.md)`;
  const names = program.commands.map((one) => one.name);
  return `unknown command ${word}${didYouMean(word, names)}`;
}

/** @throws SwizzleError 'usage' where the program has no such command */
export function checkCommandIsThere(program: Program, word: string): void {
  if (program.commands.some((one) => one.name === word)) return;
  throw new SwizzleError('usage', unknownCommand(word, program));
}

function missingValue(flags: string): string {
  return `option ${flags}: its value is missing`;
}

/**
 * Finds an option that another option follows where its value should be ("-o --force"), and one that is given twice.
 * @throws SwizzleError 'usage'
 */
export function checkValuesAreThere(options: readonly Option[], args: readonly string[]): void {
  const find = (arg: string | undefined): Option | undefined =>
    options.find(({ short, long }) => arg !== undefined && (arg === short || arg === long));
  const given = new Map<Option, number>();
  for (const [index, arg] of args.entries()) {
    if (arg === '--') break;
    const option = find(arg);
    if (option?.required && !option.variadic && !option.repeatable) given.set(option, (given.get(option) ?? 0) + 1);
    const next = args[index + 1]?.split('=')[0];
    if (option?.required && option.valueLike === undefined && find(next))
      throw new SwizzleError('usage', missingValue(option.flags));
  }
  for (const [{ short, long }, times] of given) {
    if (times > 1) throw new SwizzleError('usage', `${short ?? long} is given ${times} times, expected once`);
  }
}
