import { inspect } from 'node:util';
import { firstError, messageOf, SwizzleError } from '../errors.ts';
import type { Command } from './parser/command.ts';
import { commandHelp, programHelp } from './parser/help.ts';
import { fromMergekit } from './parser/mergekit-words.ts';
import { parseCommand } from './parser/parse.ts';
import { makeProgram, type Program } from './parser/program.ts';
import { checkCommandIsThere, checkValuesAreThere, unknownCommand } from './parser/usage-error.ts';
import { joinWeights } from './parser/weights.ts';
import { keepHangupIgnored } from './terminal/hangup.ts';
import { interruptExitCode } from './terminal/interrupt.ts';
import { type Line, marked } from './terminal/line.ts';
import { guardStreams } from './terminal/streams.ts';
import { packageVersion } from '../package.ts';
import { processTerminal } from './terminal/terminal.ts';

/** Runs the command line and sets the exit code: 0 fine, 1 failed, 2 wrong use or wrong input, 130, 143 or 129 interrupted. */
export async function main(args: readonly string[]): Promise<void> {
  guardStreams();
  keepHangupIgnored();
  const program = makeProgram();
  const [word, topic] = args.filter((arg) => !arg.startsWith('-'));
  const command = program.commands.find(({ name }) => name === word);
  const onUncaught = (error: unknown): void => {
    report(error, args.includes('--debug'));
    process.exit(1);
  };
  process.on('uncaughtException', onUncaught);
  let isParsed = false;
  try {
    const terminal = processTerminal(false);
    const asked = helpOrVersion(program, command, word, topic, args);
    if (asked !== undefined) {
      terminal.print(asked);
      return;
    }
    if (command === undefined) throw new SwizzleError('usage', unknownCommand(word ?? args[0] ?? '', program));
    const options = [...command.options, ...program.options.slice(0, 2)];
    const typed = command.name === 'merge' ? joinWeights(behind(args, word)) : behind(args, word);
    const hasHabits = command.name === 'merge' || command.name === 'sweep';
    const { words, remarks } = hasHabits ? fromMergekit(typed, options) : { words: typed, remarks: [] };
    if (remarks.length > 0) processTerminal(words.includes('--quiet')).note(remarks);
    checkValuesAreThere(options, words);
    const parsed = parseCommand(command, program.options.slice(0, 2), words);
    isParsed = true;
    await parsed.run();
  } catch (thrown) {
    const error = firstError(thrown);
    report(error, args.includes('--debug'));
    if (!isParsed && error instanceof SwizzleError && error.code === 'usage') pointToHelp(command);
    const code = exitCodeOf(error);
    // of a comparison, 1 says that models differ
    process.exitCode = command?.name === 'diff' && code === 1 ? 3 : code;
  } finally {
    process.off('uncaughtException', onUncaught);
  }
}

/** The text that was asked for instead of a run; undefined where none was. */
function helpOrVersion(
  program: Program,
  command: Command | undefined,
  word: string | undefined,
  topic: string | undefined,
  args: readonly string[],
): Line[] | undefined {
  const has = (...flags: readonly string[]): boolean => args.some((arg) => flags.includes(arg));
  const [first] = args;
  if (first === undefined || ['-h', '--help'].includes(first)) return programHelp(program);
  if (['-v', '-V', '--version'].includes(first)) return [packageVersion()];
  if (word === 'help') {
    if (topic === undefined || topic === 'help') return programHelp(program);
    checkCommandIsThere(program, topic);
    const found = program.commands.find(({ name }) => name === topic);
    return found && commandHelp(found, program, has('--all'));
  }
  return command !== undefined && has('-h', '--help') ? commandHelp(command, program, has('--all')) : undefined;
}

/** All words but the command's own. */
function behind(args: readonly string[], word: string | undefined): string[] {
  const at = args.indexOf(word ?? '');
  return args.filter((_, index) => index !== at);
}

function report(error: unknown, debug: boolean): void {
  const terminal = processTerminal(false);
  if (debug) terminal.complain(inspect(error).split('\n'));
  else {
    // an error of several lines has escaped them itself
    const message = messageOf(error);
    const [first = '', ...rest] = error instanceof SwizzleError ? message.split('\n') : [message];
    terminal.complain([marked('bad', 'swizzle:', ` ${first}`), ...rest]);
  }
}

/** What was typed is not a command line: its help says what is. */
function pointToHelp(command: Command | undefined): void {
  const words = command === undefined ? ['swizzle'] : ['swizzle', command.name];
  processTerminal(false).complain(marked('dim', `see ${[...words, '--help'].join(' ')}`));
}

function exitCodeOf(error: unknown): number {
  return interruptExitCode(error) ?? (error instanceof SwizzleError ? error.exitCode : 1);
}
