import { type Command, CommanderError } from 'commander';
import { messageOf, SwizzleError } from '../errors.ts';
import { styleFor } from './color.ts';
import { makeProgram } from './parser/program.ts';
import { checkCommandIsThere, checkValuesAreThere, usageError } from './parser/usage-error.ts';
import { joinWeights } from './parser/weights.ts';
import { harmless } from './harmless.ts';
import { keepHangupIgnored } from './hangup.ts';
import { interruptExitCode } from './interrupt.ts';
import { guardStreams } from './streams.ts';

/** Runs the command line and sets the exit code: 0 fine, 1 failed, 2 wrong use or wrong input, 130, 143 or 129 interrupted. */
export async function main(args: readonly string[]): Promise<void> {
  guardStreams();
  keepHangupIgnored();
  const program = makeProgram();
  const [word, topic] = args.filter((arg) => !arg.startsWith('-'));
  const command = program.commands.find((one) => one.name() === word) ?? program;
  const onUncaught = (error: unknown): void => {
    report(error, command, args.includes('--debug'));
    process.exit(1);
  };
  process.on('uncaughtException', onUncaught);
  try {
    if (word === 'help' && topic !== undefined && topic !== 'help') checkCommandIsThere(program, topic);
    if (command !== program) checkValuesAreThere(command, args);
    await program.parseAsync(asTyped(args, command), { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return;
    const error = thrown instanceof CommanderError ? usageError(thrown, command) : thrown;
    report(error, command, args.includes('--debug'));
    process.exitCode = exitCodeOf(error);
  } finally {
    process.off('uncaughtException', onUncaught);
  }
}

/** What the parser does not know by itself: bare `swizzle` asks for help, -V for the version, weights come in any order. */
function asTyped(args: readonly string[], command: Command): string[] {
  if (args.length === 0) return ['--help'];
  if (args.length === 2 && args.every((arg) => arg === 'help')) return ['help'];
  const plain = args.map((arg) => (arg === '-V' ? '--version' : arg));
  return command.name() === 'merge' ? joinWeights(plain) : plain;
}

function report(error: unknown, command: Command, debug: boolean): void {
  const style = styleFor(process.stderr);
  if (debug) console.error(error);
  else console.error(`${style.bad('swizzle:')} ${harmless(messageOf(error))}`);
  if (error instanceof SwizzleError && error.code === 'usage') {
    const words = command.parent === null ? ['swizzle'] : ['swizzle', command.name()];
    console.error(style.dim(`see ${[...words, '--help'].join(' ')}`));
  }
}

function exitCodeOf(error: unknown): number {
  return interruptExitCode(error) ?? (error instanceof SwizzleError ? error.exitCode : 1);
}
