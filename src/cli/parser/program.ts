import { cocktailCommand } from '../commands/cocktail.ts';
import { completionCommand } from '../commands/completion.ts';
import { convertCommand } from '../commands/convert.ts';
import { devicesCommand } from '../commands/devices.ts';
import { diffCommand } from '../commands/diff.ts';
import { extractCommand } from '../commands/extract.ts';
import { inspectCommand } from '../commands/inspect.ts';
import { lossCommand } from '../commands/loss.ts';
import { mergeCommand } from '../commands/merge.ts';
import { methodsCommand } from '../commands/methods.ts';
import { moeCommand } from '../commands/moe.ts';
import { pullCommand } from '../commands/pull.ts';
import { pushCommand } from '../commands/push.ts';
import { sweepCommand } from '../commands/sweep.ts';
import { verifyCommand } from '../commands/verify.ts';
import { weightsCommand } from '../commands/weights.ts';
import { workerCommand } from '../commands/worker.ts';
import { Command } from './command.ts';
import { Option } from './option.ts';

/** The commands by the heading that --help puts them under. */
const COMMANDS: Readonly<Record<string, readonly (() => Command)[]>> = {
  'Merge:': [mergeCommand, cocktailCommand, moeCommand, convertCommand, extractCommand],
  'Search:': [sweepCommand, workerCommand, lossCommand, weightsCommand],
  'Look:': [inspectCommand, diffCommand, verifyCommand, methodsCommand, devicesCommand],
  'Hugging Face Hub:': [pullCommand, pushCommand],
};

/** The command line: every command and option, nothing run yet. */
export interface Program {
  readonly description: string;
  /** What every command takes. */
  readonly options: readonly Option[];
  readonly commands: readonly Command[];
  /** The same by heading, and `help`. */
  readonly groups: Readonly<Record<string, readonly Command[]>>;
  readonly after: string;
}

export function makeProgram(): Program {
  const groups = Object.fromEntries(
    Object.entries(COMMANDS).map(([heading, commands]) => [heading, commands.map((make) => make())]),
  );
  const options = [
    new Option('--debug', 'show stack traces'),
    new Option('--no-color', 'no colours; so does NO_COLOR'),
    new Option('-v, --version', 'show the version'),
  ];
  const shared = options.slice(0, 2);
  const known = Object.values(groups).flat();
  const completion = completionCommand(() => ({ commands: [...known, completion], options: shared }));
  return {
    description: 'Merges language model checkpoints on the GPU, at the speed of the storage.',
    options,
    commands: [...known, completion],
    groups: { ...groups, 'More:': [completion, new Command('help', 'show help of a command')] },
    after: `Examples:
  swizzle merge recipe.yml -o merged
  swizzle merge models/a models/b --weights 0.5,0.5 -o merged
  swizzle help merge                                    all options of merge

Exit codes: 0 success, 1 failure, 2 usage or input error, 129, 130 or 143
interrupted (SIGHUP, SIGINT, SIGTERM). diff: 1 different, 3 failure.`,
  };
}
