import type { Command } from './parser/command.ts';
import { formatBytes, formatCount, formatTable } from './format.ts';
import { hubOptions } from './hub-options.ts';
import { jsonOption, newCommand } from './options.ts';
import { vocabularyLine } from './print-vocabulary.ts';
import { interruptSignal } from './interrupt.ts';
import { processTerminal } from './terminal.ts';

interface InspectArguments {
  readonly json?: true;
}

/** `swizzle inspect MODEL` */
export function inspectCommand(): Command {
  return newCommand('inspect', 'show what a model is; reads headers only')
    .usage('MODEL')
    .description('Show dtypes, parameters, shards and tensors of a model. Reads headers only.')
    .argument('<model>', 'a folder, a .safetensors file, or org/name')
    .addOption(jsonOption('print all of it'))
    .addHelpText('\nExamples:\n  swizzle inspect models/a\n  swizzle inspect org/name --json')
    .action(runInspect);
}

async function runInspect(model: string, { json }: InspectArguments): Promise<void> {
  const [{ inspect }, { openModel }, { modelStore }, { vocabularyFacts }] = await Promise.all([
    import('../verbs/inspect.ts'),
    import('../verbs/open-models.ts'),
    import('../verbs/model-store.ts'),
    import('../verbs/vocabulary-facts.ts'),
  ]);
  const terminal = processTerminal(false);
  const interrupt = interruptSignal();
  try {
    // streaming: headers are all that is read, so nothing is left in the cache
    await using store = modelStore({ ...hubOptions(terminal), stream: true }, interrupt.signal);
    const opened = await openModel(model, store);
    const found = inspect(opened);
    const vocabulary = await vocabularyFacts(opened);
    if (json) {
      terminal.print(JSON.stringify({ ...found, vocabulary }, undefined, 2));
      return;
    }
    terminal.print(
      `${found.model}: ${formatCount(found.parameters)} parameters, ${found.tensors.length} tensors, ${formatBytes(found.bytes)}\n`,
    );
    if (vocabulary !== undefined) terminal.print(`${vocabularyLine(vocabulary)}\n`);
    const dtypes = found.dtypes.map((one) => [
      one.dtype,
      one.tensors,
      formatCount(one.parameters),
      formatBytes(one.bytes),
    ]);
    terminal.print(`${formatTable([['dtype', 'tensors', 'parameters', 'size'], ...dtypes])}\n`);
    const shards = found.shards.map(({ path, tensors, size }) => [path, tensors, formatBytes(size)]);
    terminal.print(`${formatTable([['shard', 'tensors', 'size'], ...shards])}\n`);
    const tensors = found.tensors.map(({ name, dtype, shape, bytes }) => [
      name,
      dtype,
      `[${shape.join(', ')}]`,
      formatBytes(bytes),
    ]);
    terminal.print(formatTable([['tensor', 'dtype', 'shape', 'size'], ...tensors]));
  } finally {
    interrupt.dispose();
  }
}
