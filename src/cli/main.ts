import yargs, { type CommandModule } from 'yargs';
import { messageOf, SwizzleError } from '../errors.ts';
import { convertCommand } from './convert.ts';
import { devicesCommand } from './devices.ts';
import { diffCommand } from './diff.ts';
import { inspectCommand } from './inspect.ts';
import { mergeCommand } from './merge.ts';
import { pullCommand } from './pull.ts';
import { pushCommand } from './push.ts';
import { sweepCommand } from './sweep.ts';
import { exitCodeOf } from './terminal.ts';
import { weightsCommand } from './weights.ts';
import { packageVersion } from '../package-version.ts';

/** Runs the command line and sets the exit code: 0 fine, 1 failed, 2 wrong use or wrong input, 130 interrupted. */
export async function main(args: readonly string[]): Promise<void> {
  process.stdout.on('error', endQuietlyOnClosedPipe);
  process.stderr.on('error', endQuietlyOnClosedPipe);
  let run: () => void | Promise<void> = () => undefined;
  const later = <T>(command: CommandModule<object, T>): CommandModule<object, T> => ({
    ...command,
    handler: (parsed) => {
      run = () => command.handler(parsed);
    },
  });
  const parser = yargs()
    .scriptName('swizzle')
    .usage('Merges language model checkpoints on the GPU, at the speed of the storage.')
    .command(later(mergeCommand))
    .command(later(sweepCommand))
    .command(later(weightsCommand))
    .command(later(convertCommand))
    .command(later(inspectCommand))
    .command(later(diffCommand))
    .command(later(devicesCommand))
    .command(later(pullCommand))
    .command(later(pushCommand))
    .demandCommand(1, 'expected a command')
    .strict()
    .option('debug', { type: 'boolean', default: false, describe: 'show stack traces', global: true })
    .version(packageVersion())
    .help()
    .wrap(Math.min(110, process.stdout.columns || 80))
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new SwizzleError('usage', `${message}; see swizzle --help`);
    });
  try {
    // parsed first, run then: yargs lays out its whole help for a handler that is asynchronous
    await parser.parseAsync(args);
    await run();
  } catch (error) {
    report(error, args.includes('--debug'));
    process.exitCode = exitCodeOf(error);
  }
}

function report(error: unknown, debug: boolean): void {
  if (debug) console.error(error);
  else console.error(`swizzle: ${messageOf(error)}`);
}

/** `swizzle inspect MODEL | head` closes the pipe: that is no failure. */
function endQuietlyOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}
