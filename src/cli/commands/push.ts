import type { Command } from '../parser/command.ts';
import { Option } from '../parser/option.ts';
import { SwizzleError } from '../../errors.ts';
import type { PreparedPush } from '../../commands/push.ts';
import { pushReporter, retryReporter } from '../progress/hub-progress.ts';
import { addGroup, GROUPS, jsonOption, newCommand, quietOption } from '../options/options.ts';
import { interruptSignal } from '../terminal/interrupt.ts';
import { processTerminal, type Terminal } from '../terminal/terminal.ts';

/** Where and how to push, as typed. */
export interface PushArguments {
  readonly private?: true;
  readonly revision?: string;
  readonly message?: string;
}

/** @throws SwizzleError 'usage' for options of a push where nothing is pushed */
export function checkPushOptions({ pushTo, ...args }: PushArguments & { readonly pushTo?: string }): void {
  if (pushTo !== undefined) return;
  for (const name of ['private', 'revision', 'message'] as const) {
    if (args[name] === undefined) continue;
    const hint = name === 'revision' ? '; the revision of a model is given as org/name@revision' : '';
    throw new SwizzleError('usage', `--${name} requires --push-to${hint}`, { details: { option: `--${name}` } });
  }
}

export function pushOptions(): Option[] {
  return [
    new Option('--private', 'make the repository private, where there is none yet'),
    new Option('--revision <branch>', 'branch to push to (default: main)'),
    new Option('--message <text>', 'commit message of the push'),
  ];
}

/** Checks name and token, before anything is computed. @throws SwizzleError 'usage' or 'hub' */
export async function preparePush(
  name: string,
  { private: hidden, revision, message }: PushArguments,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<PreparedPush> {
  const verbs = await import('../../commands/push.ts');
  const options = { private: hidden, revision, message, signal, onEvent: pushReporter(terminal) };
  const push = await verbs.preparePush(name, { env: process.env, onRetry: retryReporter(terminal) }, options);
  return async (folder) => {
    const result = await push(folder);
    terminal.note(`pushed ${folder} to ${result.url} as ${result.commit}`);
    return result;
  };
}

interface PushCommandArguments extends PushArguments {
  readonly json?: true;
  readonly quiet?: true;
}

/** Changes when a key changes its name or meaning; docs/JSON.md. */
const SCHEMA = 'swizzle/push/1';

/** `swizzle push FOLDER org/name` */
export function pushCommand(): Command {
  const command = newCommand('push', 'upload a model folder to the Hub as one commit')
    .usage('FOLDER NAME')
    .description('Upload a complete model folder to the Hub as one commit. Needs HF_TOKEN.')
    .argument('<folder>', 'a complete model')
    .argument('<name>', 'org/name')
    .addHelpText('\nExamples:\n  swizzle push merged me/merged --private')
    .action(runPush);
  addGroup(command, GROUPS.hub, pushOptions());
  addGroup(command, GROUPS.report, [jsonOption('print address and commit'), quietOption()]);
  return command;
}

async function runPush(folder: string, name: string, args: PushCommandArguments): Promise<void> {
  const terminal = processTerminal(args.quiet === true);
  const interrupt = interruptSignal();
  try {
    const { completeFolder } = await import('../../models/hub/cache/complete.ts');
    await completeFolder(folder, interrupt.signal);
    const push = await preparePush(name, args, terminal, interrupt.signal);
    const result = await push(folder);
    if (args.json) terminal.printJson({ schema: SCHEMA, ...result });
    else terminal.print(result.url);
  } finally {
    terminal.status('');
    interrupt.dispose();
  }
}
