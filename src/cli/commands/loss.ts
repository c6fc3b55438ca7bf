import type { Command } from '../parser/command.ts';
import { Option } from '../parser/option.ts';
import { hubOptions } from '../options/hub-options.ts';
import { type LossArguments, lossOptions, toLossOptions } from '../options/loss-options.ts';
import { lossProgress } from '../progress/loss-progress.ts';
import { addGroup, GROUPS, jsonOption, newCommand, quietOption } from '../options/options.ts';
import { lossDeviceOption } from '../options/run-options.ts';
import { interruptSignal } from '../terminal/interrupt.ts';
import { processTerminal } from '../terminal/terminal.ts';

interface LossCommandArguments extends LossArguments {
  readonly data: string;
  readonly device: 'auto' | 'webgpu' | 'cpu';
  readonly adapter?: string;
  readonly stream?: true;
  readonly dryRun?: true;
  readonly json?: true;
  readonly quiet?: true;
}

/** Changes when a key changes its name or meaning; docs/JSON.md. */
const SCHEMA = 'swizzle/loss/1';

/** `swizzle loss MODEL... --data text.jsonl` */
export function lossCommand(): Command {
  const command = newCommand('loss', 'loss and perplexity of models on examples')
    .usage('MODEL... --data FILE')
    .description('Run models on examples, a layer’s weights at a time, and print loss and perplexity of each.')
    .argument('<models...>', 'folders, .safetensors files, or org/name')
    .addHelpText(`
Examples:
  swizzle loss models/base models/chat --data text.jsonl
  swizzle loss models/base --data text.jsonl --dry-run      tokens, bytes and memory`)
    .action(runLossCommand);
  addGroup(command, 'Examples:', [
    new Option(
      '--data <file>',
      'JSONL of texts, pairs, tokens, choices or queries; see docs/LOSS.md',
    ).makeOptionMandatory(),
    ...lossOptions(),
  ]);
  addGroup(command, GROUPS.device, [
    lossDeviceOption(),
    new Option('--adapter <name>', 'WebGPU adapter, by part of its name; see swizzle devices'),
  ]);
  addGroup(command, GROUPS.hub, [new Option('--stream', 'read models by range requests, without a local copy')]);
  addGroup(command, GROUPS.report, [
    new Option('--dry-run', 'print what would be computed, and its memory'),
    jsonOption('print the result'),
    quietOption(),
  ]);
  return command;
}

async function runLossCommand(models: readonly string[], args: LossCommandArguments): Promise<void> {
  const [{ measureLosses, planLosses }, { printLosses, printLossPlan }] = await Promise.all([
    import('../../commands/loss.ts'),
    import('../show/print-losses.ts'),
  ]);
  const terminal = processTerminal(args.quiet === true);
  const interrupt = interruptSignal();
  try {
    const options = {
      ...toLossOptions(args),
      device: args.device,
      adapter: args.adapter,
      hub: hubOptions(terminal, args.stream),
      signal: interrupt.signal,
      onProgress: lossProgress(terminal),
    };
    if (args.dryRun) {
      const plan = await planLosses(models, args.data, options);
      if (args.json) terminal.printJson({ schema: SCHEMA, ...plan });
      else printLossPlan(terminal, plan);
      return;
    }
    const report = await measureLosses(models, args.data, options);
    if (args.json) terminal.printJson({ schema: SCHEMA, ...report });
    else printLosses(terminal, report);
  } finally {
    terminal.status('');
    interrupt.dispose();
  }
}
