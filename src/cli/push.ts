import type { Argv, CommandModule } from 'yargs';
import type { PreparedPush } from '../verbs/push.ts';
import { pushReporter, retryReporter } from './hub-progress.ts';
import { interruptSignal, processTerminal, type Terminal } from './terminal.ts';

/** Where and how to push, as typed. */
export interface PushArguments {
  readonly private: boolean | undefined;
  readonly revision: string | undefined;
  readonly message: string | undefined;
}

/** Declares them. */
export function pushOptions<T>(yargs: Argv<T>): Argv<T & PushArguments> {
  return yargs
    .option('private', { type: 'boolean', describe: 'when pushing: make a private repository, where there is none' })
    .option('revision', { type: 'string', requiresArg: true, describe: 'when pushing: the branch; default main' })
    .option('message', { type: 'string', requiresArg: true, describe: 'when pushing: the commit message' });
}

/** Checks name and token, before anything is computed. @throws SwizzleError 'usage' or 'hub' */
export async function preparePush(
  name: string,
  { private: hidden, revision, message }: PushArguments,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<PreparedPush> {
  const verbs = await import('../verbs/push.ts');
  const options = { private: hidden, revision, message, signal, onEvent: pushReporter(terminal) };
  const push = await verbs.preparePush(name, { env: process.env, onRetry: retryReporter(terminal) }, options);
  return async (folder) => {
    const result = await push(folder);
    terminal.note(`pushed ${folder} to ${result.url} as ${result.commit}`);
    return result;
  };
}

interface PushCommandArguments extends PushArguments {
  readonly folder: string;
  readonly name: string;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** `swizzle push FOLDER org/name` */
export const pushCommand: CommandModule<object, PushCommandArguments> = {
  command: 'push <folder> <name>',
  describe: 'upload a model folder to the Hub as one commit',
  builder: (yargs: Argv): Argv<PushCommandArguments> =>
    pushOptions(yargs)
      .positional('folder', { type: 'string', demandOption: true, describe: 'a complete model' })
      .positional('name', { type: 'string', demandOption: true, describe: 'org/name' })
      .option('json', { type: 'boolean', default: false, describe: 'print address and commit as JSON' })
      .option('quiet', { type: 'boolean', default: false, describe: 'no progress, no remarks' }),
  handler: async (args) => {
    const terminal = processTerminal(args.quiet);
    const interrupt = interruptSignal();
    try {
      const { completeFolder } = await import('../hub/complete.ts');
      await completeFolder(args.folder, interrupt.signal);
      const push = await preparePush(args.name, args, terminal, interrupt.signal);
      const result = await push(args.folder);
      terminal.print(args.json ? JSON.stringify(result, undefined, 2) : result.url);
    } finally {
      terminal.status('');
      interrupt.dispose();
    }
  },
};
