import type { FloatDtype } from '../../dtype.ts';
import { hubOptions } from '../options/hub-options.ts';
import { addGroup, dtypeOption, GROUPS, jsonOption, newCommand, outOption, quietOption } from '../options/options.ts';
import type { Command } from '../parser/command.ts';
import { Option } from '../parser/option.ts';
import { EXTRACTING } from '../../options/options.ts';
import { typed } from '../parser/values.ts';
import { progressReporter } from '../progress/progress.ts';
import { extractionText } from '../show/extraction.ts';
import { SwizzleError } from '../../errors.ts';
import type { ExtractOptions } from '../../library/extract.ts';
import { interruptSignal } from '../terminal/interrupt.ts';
import { processTerminal } from '../terminal/terminal.ts';

interface ExtractArguments {
  readonly out: string;
  readonly rank?: number;
  readonly dtype?: FloatDtype;
  readonly saveModules?: true;
  readonly randomSeed?: number;
  readonly force?: true;
  readonly stream?: true;
  readonly json?: true;
  readonly quiet?: true;
}

/** Changes when a key changes its name or meaning; docs/JSON.md. */
const SCHEMA = 'swizzle/extract/1';

/** `swizzle extract BASE MODEL -o ADAPTER --rank 32` */
export function extractCommand(): Command {
  const command = newCommand('extract', 'make a LoRA of what a fine-tune changed')
    .usage('BASE MODEL -o FOLDER\n       swizzle extract RECIPE.yml -o FOLDER')
    .description('Make a LoRA (PEFT’s files) of what a fine-tune changed in the linear layers of its base model.')
    .argument('<base>', 'a folder, a file of weights, or org/name; or the swizzle_recipe.yml of an adapter')
    .argument('[model]', 'a fine-tune of it')
    .addHelpText(`
Examples:
  swizzle extract models/base models/chat -o chat-lora --rank 32
  swizzle extract org/base org/chat -o lora --stream --dtype bfloat16
  swizzle merge models/base+chat-lora -o again          the way back`)
    .action(runExtract);
  addGroup(command, GROUPS.output, [
    outOption(),
    new Option('--force', 'replace the folder of an earlier run'),
    new Option('--save-modules', 'keep other modules that differ (norms, embeddings) whole'),
  ]);
  addGroup(command, GROUPS.numbers, [
    new Option('--rank <n>', 'most singular values of a layer that are kept (default: 32)').argParser(
      typed('--rank', EXTRACTING.rank),
    ),
    dtypeOption('of the adapter: float32, float16 or bfloat16 (default: float32)'),
    new Option('--random-seed <n>', 'of the directions that the search begins with (default: 0)').argParser(
      typed('--random-seed', EXTRACTING.seed),
    ),
  ]);
  addGroup(command, GROUPS.hub, [new Option('--stream', 'read models by range requests, without a local copy')]);
  addGroup(command, GROUPS.report, [jsonOption('print the result'), quietOption()]);
  return command;
}

async function runExtract(base: string, model: string | undefined, args: ExtractArguments): Promise<void> {
  const isRecipe = model === undefined && /\.ya?ml$/i.test(base);
  if (model === undefined && !isRecipe) throw new SwizzleError('usage', 'argument model is missing');
  const { extract, extractByRecipe } = await import('../../library/extract.ts');
  const terminal = processTerminal(args.quiet === true);
  const interrupt = interruptSignal();
  try {
    const show = progressReporter(terminal, 'extracting');
    const { out, rank, dtype, saveModules, randomSeed: seed, force } = args;
    const options: ExtractOptions = {
      out,
      rank,
      dtype,
      saveModules,
      seed,
      force,
      hub: hubOptions(terminal, args.stream),
      signal: interrupt.signal,
      onProgress: ({ done, total }) => show({ read: done, written: 0, total }),
      onRemark: (text) => terminal.note(text),
    };
    const summary = model === undefined ? await extractByRecipe(base, options) : await extract(base, model, options);
    terminal.status('');
    if (args.json) terminal.printJson({ schema: SCHEMA, ...summary });
    else if (args.quiet !== true) terminal.print(extractionText(summary));
  } finally {
    terminal.status('');
    interrupt.dispose();
  }
}
