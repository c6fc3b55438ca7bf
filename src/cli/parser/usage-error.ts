import type { Command, CommanderError, Option } from 'commander';
import { SwizzleError } from '../../errors.ts';
import { didYouMean } from '../../nearest.ts';

/** What the parser found wrong, in this program's words. */
export function usageError(error: CommanderError, command: Command): SwizzleError {
  const [, quoted = ''] = /'([^']*)'/.exec(error.message) ?? [];
  return new SwizzleError('usage', messageFor(error, quoted, command), { cause: error });
}

function messageFor({ code, message }: CommanderError, quoted: string, command: Command): string {
  switch (code) {
    case 'commander.unknownOption': {
      const [flag = ''] = quoted.split('=');
      return `unknown option ${flag}${didYouMean(flag, flagsOf(command))}`;
    }
    case 'commander.unknownCommand':
      return unknownCommand(quoted, command);
    case 'commander.missingArgument':
      return `argument ${quoted.replace(/\W+$/, '')} is missing`;
    case 'commander.missingMandatoryOptionValue':
      return `option ${quoted} is missing`;
    case 'commander.optionMissingArgument':
      return missingValue(quoted);
    default:
      return message.replace(/^error: /, '').replaceAll("'", '');
  }
}

function unknownCommand(word: string, program: Command): string {
  if (/\.ya?ml$/i.test(word)) return `unknown command ${word}; to merge by it: swizzle merge ${word} -o OUT`;
  const names = program.commands.map((one) => one.name());
  return `unknown command ${word}${didYouMean(word, names)}`;
}

/** @throws SwizzleError 'usage' where the program has no such command */
export function checkCommandIsThere(program: Command, word: string): void {
  if (program.commands.some((one) => one.name() === word)) return;
  throw new SwizzleError('usage', unknownCommand(word, program));
}

function missingValue(flags: string): string {
  return `option ${flags}: its value is missing`;
}

/**
 * Finds an option that another option follows where its value should be ("-o --force"), and one that is given twice.
 * @throws SwizzleError 'usage'
 */
export function checkValuesAreThere(command: Command, args: readonly string[]): void {
  const options: readonly Option[] = [...command.options, ...(command.parent?.options ?? [])];
  const find = (arg: string | undefined): Option | undefined =>
    options.find(({ short, long }) => arg !== undefined && (arg === short || arg === long));
  const given = new Map<Option, number>();
  for (const [index, arg] of args.entries()) {
    if (arg === '--') break;
    const option = find(arg);
    if (option?.required && !option.variadic) given.set(option, (given.get(option) ?? 0) + 1);
    const next = args[index + 1]?.split('=')[0];
    if (option?.required && find(next)) throw new SwizzleError('usage', missingValue(option.flags));
  }
  for (const [{ short, long }, times] of given) {
    if (times > 1) throw new SwizzleError('usage', `${short ?? long} is given ${times} times, expected once`);
  }
}

/** "--out", "--json", ...: the long names that a command knows. */
export function flagsOf(command: Command): string[] {
  const options = [...command.options, ...(command.parent?.options ?? [])];
  return options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : [])).concat('--help');
}
