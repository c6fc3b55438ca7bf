import type { Argv, CommandModule } from 'yargs';
import { hubOptions } from './hub-options.ts';
import { interruptSignal, processTerminal } from './terminal.ts';

interface PullArguments {
  readonly models: string[];
  readonly json: boolean;
  readonly quiet: boolean;
}

/** `swizzle pull org/name[@revision]`: brings models into the cache; prints the folders they are in */
export const pullCommand: CommandModule<object, PullArguments> = {
  command: 'pull <models..>',
  describe: 'fetch models from the Hub into its cache',
  builder: (yargs: Argv): Argv<PullArguments> =>
    yargs
      .positional('models', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'org/name, or org/name@revision',
      })
      .option('json', { type: 'boolean', default: false, describe: 'print folders and commits as JSON' })
      .option('quiet', { type: 'boolean', default: false, describe: 'no progress, no remarks' })
      .example('$0 pull rishiraj/meow', 'prints the folder that the model is in'),
  handler: async ({ models, json, quiet }) => {
    const { pull } = await import('../verbs/pull.ts');
    const terminal = processTerminal(quiet);
    const interrupt = interruptSignal();
    try {
      const result = await pull(models, hubOptions(terminal), interrupt.signal);
      if (json) terminal.print(JSON.stringify(result, undefined, 2));
      else for (const { folder } of result.models) terminal.print(folder);
    } finally {
      terminal.status('');
      interrupt.dispose();
    }
  },
};
