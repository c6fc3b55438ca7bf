import { hubOptions } from '../options/hub-options.ts';
import { jsonOption, newCommand } from '../options/options.ts';
import type { Command } from '../parser/command.ts';
import { Option } from '../parser/option.ts';
import { vocabularyLine } from '../show/print-vocabulary.ts';
import { interruptSignal } from '../terminal/interrupt.ts';
import { inspectionText } from '../show/inspection.ts';
import { processTerminal } from '../terminal/terminal.ts';

interface InspectArguments {
  readonly tensors?: true;
  readonly json?: true;
}

/** Changes when a key changes its name or meaning. */
const SCHEMA = 'swizzle/inspect/1';

/** `swizzle inspect MODEL` */
export function inspectCommand(): Command {
  return newCommand('inspect', 'show what a model is; reads headers only')
    .usage('MODEL')
    .description('Show architecture, size and parts of a model. Reads headers and small files only.')
    .argument('<model>', 'a folder, a file of weights, or org/name')
    .addOption(new Option('--tensors', 'list every tensor and file; else repeated layers are folded'))
    .addOption(jsonOption('print all of it'))
    .addHelpText('\nExamples:\n  swizzle inspect models/a\n  swizzle inspect org/name --json')
    .action(runInspect);
}

async function runInspect(model: string, { tensors, json }: InspectArguments): Promise<void> {
  const [{ inspectCheckpoint }, { openModel }, { modelStore }, { vocabularyFacts }] = await Promise.all([
    import('../../commands/inspect.ts'),
    import('../../models/open/open-models.ts'),
    import('../../models/open/model-store.ts'),
    import('../../models/open/vocabulary-facts.ts'),
  ]);
  const terminal = processTerminal(false);
  const interrupt = interruptSignal();
  try {
    // streaming: headers are all that is read, so nothing is left in the cache
    await using store = modelStore({ ...hubOptions(terminal), stream: true }, interrupt.signal);
    const opened = await openModel(model, store);
    const found = await inspectCheckpoint(opened);
    const vocabulary = await vocabularyFacts(opened);
    if (json) {
      const { list, tensors: tensorCount, ...rest } = found;
      terminal.printJson({ schema: SCHEMA, ...rest, tensorCount, vocabulary, tensors: list });
    } else terminal.print(inspectionText(found, vocabulary && vocabularyLine(vocabulary), tensors === true));
  } finally {
    interrupt.dispose();
  }
}
