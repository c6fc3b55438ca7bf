import type { Argv, CommandModule } from 'yargs';
import { SwizzleError } from '../errors.ts';
import { pullReporter, retryReporter } from './hub-progress.ts';
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
    const [{ hubClient }, { readHubSettings }, { parseModelId }, { prepareModel }, { pullModels }] = await Promise.all([
      import('../hub/client.ts'),
      import('../hub/environment.ts'),
      import('../hub/model-id.ts'),
      import('../hub/prepare.ts'),
      import('../hub/pull.ts'),
    ]);
    const terminal = processTerminal(quiet);
    const interrupt = interruptSignal();
    const { signal } = interrupt;
    try {
      const ids = models.map((name) => {
        const id = parseModelId(name);
        if (id !== undefined) return id;
        throw new SwizzleError('usage', `${name}: expected a Hub name like org/name or org/name@revision`);
      });
      const client = hubClient(await readHubSettings(process.env), { signal, onRetry: retryReporter(terminal) });
      const prepared = [];
      for (const id of ids) prepared.push(await prepareModel(client, id));
      const bytes = await pullModels(client, prepared, { signal, onEvent: pullReporter(terminal) });
      if (json) {
        const found = prepared.map(({ id, commit, folder }) => ({ model: id.name, commit, folder }));
        terminal.print(JSON.stringify({ fetchedBytes: bytes, models: found }, undefined, 2));
      } else {
        for (const { folder } of prepared) terminal.print(folder);
      }
    } finally {
      terminal.status('');
      interrupt.dispose();
    }
  },
};
