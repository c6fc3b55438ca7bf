import type { Command } from '../parser/command.ts';
import { hubOptions } from '../options/hub-options.ts';
import { addGroup, GROUPS, jsonOption, newCommand, quietOption } from '../options/options.ts';
import { interruptSignal } from '../terminal/interrupt.ts';
import { processTerminal } from '../terminal/terminal.ts';

interface PullArguments {
  readonly json?: true;
  readonly quiet?: true;
}

/** Changes when a key changes its name or meaning; docs/JSON.md. */
const SCHEMA = 'swizzle/pull/1';

/** `swizzle pull org/name[@revision]`: brings models into the cache; prints the folders they are in */
export function pullCommand(): Command {
  const command = newCommand('pull', 'fetch models from the Hub into its cache')
    .usage('NAME...')
    .description('Fetch models from the Hub into its cache, and print the folders they are in.')
    .argument('<models...>', 'org/name, or org/name@revision')
    .addHelpText('\nExamples:\n  swizzle pull rishiraj/meow')
    .action(runPull);
  addGroup(command, GROUPS.report, [jsonOption('print folders and commits'), quietOption()]);
  return command;
}

async function runPull(models: readonly string[], { json, quiet }: PullArguments): Promise<void> {
  const { pull } = await import('../../commands/pull.ts');
  const terminal = processTerminal(quiet === true);
  const interrupt = interruptSignal();
  try {
    const result = await pull(models, hubOptions(terminal), interrupt.signal);
    if (json) terminal.printJson({ schema: SCHEMA, ...result });
    else for (const { folder } of result.models) terminal.print(folder);
  } finally {
    terminal.status('');
    if (interrupt.signal.aborted) terminal.note('stopped; the same command goes on where it was');
    interrupt.dispose();
  }
}
