import { Command } from 'commander';
import { packageVersion } from '../../package-version.ts';
import { cocktailCommand } from '../cocktail.ts';
import { completionCommand } from '../completion.ts';
import { convertCommand } from '../convert.ts';
import { devicesCommand } from '../devices.ts';
import { diffCommand } from '../diff.ts';
import { inspectCommand } from '../inspect.ts';
import { lossCommand } from '../loss.ts';
import { mergeCommand } from '../merge.ts';
import { methodsCommand } from '../methods.ts';
import { pullCommand } from '../pull.ts';
import { pushCommand } from '../push.ts';
import { sweepCommand } from '../sweep.ts';
import { weightsCommand } from '../weights.ts';
import { configureHelp } from './help.ts';

/** The commands by the heading that --help puts them under. */
const COMMANDS: Readonly<Record<string, readonly (() => Command)[]>> = {
  'Merge:': [mergeCommand, cocktailCommand, convertCommand],
  'Search:': [sweepCommand, lossCommand, weightsCommand],
  'Look:': [inspectCommand, diffCommand, methodsCommand, devicesCommand],
  'Hugging Face Hub:': [pullCommand, pushCommand],
};

/** The command line: every command and option, nothing run yet. Throws CommanderError where the words are wrong. */
export function makeProgram(): Command {
  const program = new Command('swizzle')
    .description('Merges language model checkpoints on the GPU, at the speed of the storage.')
    .usage('COMMAND [options]')
    .option('--debug', 'show stack traces')
    .option('--no-color', 'no colours; so does NO_COLOR')
    .version(packageVersion(), '-v, --version', 'show the version')
    .helpOption('-h, --help', 'show help, of a command where one is named')
    .addHelpText(
      'after',
      `
Examples:
  swizzle merge recipe.yml -o merged
  swizzle merge models/a models/b --weights 0.5,0.5 -o merged
  swizzle help merge                                    all options of merge

Exit codes: 0 fine, 1 failed, 2 wrong use or input, 130 interrupted.`,
    )
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureOutput({ writeErr: () => undefined });
  configureHelp(program);
  for (const [heading, commands] of Object.entries(COMMANDS)) {
    for (const make of commands) {
      program.addCommand(
        make().helpGroup(heading).copyInheritedSettings(program).helpOption('-h, --help', 'show help'),
      );
    }
  }
  const completion = completionCommand(program);
  program.addCommand(
    completion.helpGroup('More:').copyInheritedSettings(program).helpOption('-h, --help', 'show help'),
  );
  program.addHelpCommand(
    new Command('help').argument('[command]').summary('show help of a command').helpGroup('More:'),
  );
  return program;
}
