import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import type { OpenSource } from '../../elements/byte-source.ts';
import type { InputFile } from '../../models/models.ts';
import type { LayerRank, RankOptions } from '../../commands/ranks.ts';
import type { Command } from '../parser/command.ts';
import { Option } from '../parser/option.ts';
import { hubOptions } from '../options/hub-options.ts';
import { jsonOption, newCommand, quietOption } from '../options/options.ts';
import { COMPARING } from '../../options/options.ts';
import { numberOf, typed, wholeNumberOf } from '../parser/values.ts';
import { progressReporter } from '../progress/progress.ts';
import { differenceText } from '../show/difference.ts';
import { interruptSignal } from '../terminal/interrupt.ts';
import { vocabularyDifferenceLine } from '../show/print-vocabulary.ts';
import { processTerminal, type Terminal } from '../terminal/terminal.ts';

interface DiffArguments {
  readonly tolerance: number;
  readonly top: number;
  readonly rankFor?: number;
  readonly json?: true;
  readonly quiet?: true;
}

/** Changes when a key changes its name or meaning; docs/JSON.md. */
const SCHEMA = 'swizzle/diff/1';

/** `swizzle diff A B`: exit code 1 when the models differ beyond the tolerance, 3 when the comparison failed */
export function diffCommand(): Command {
  return newCommand('diff', 'compare two models tensor by tensor')
    .usage('MODEL OTHER-MODEL')
    .description(
      'Compare two models tensor by tensor, by value. Exit codes: 0 equal within the tolerance, 1 different, 2 wrong use or input, 3 failed.',
    )
    .argument('<model>', 'a folder, a file of weights, or org/name')
    .argument('<other-model>', 'the same')
    .addOption(
      new Option('--tolerance <t>', 'largest difference, as a share of a tensor’s largest magnitude (default: 0)')
        .argParser(typed('--tolerance', COMPARING.tolerance))
        .default(0),
    )
    .addOption(
      new Option('--top <n>', 'show the n tensors that are farthest apart (default: 20)')
        .argParser(wholeNumberOf('--top', 0))
        .default(20),
    )
    .addOption(
      new Option(
        '--rank-for <share>',
        'also the least rank of a LoRA that keeps this share of each linear layer’s difference: 0.9, say',
      ).argParser(numberOf('--rank-for', { above: 0, below: 1 })),
    )
    .addOption(jsonOption('print all of it'))
    .addOption(quietOption())
    .addHelpText(
      '\nExamples:\n  swizzle diff merged other/merged --tolerance 1e-6\n  swizzle diff models/base models/chat --top 5\n  swizzle diff models/base models/chat --rank-for 0.9',
    )
    .action(runDiff);
}

async function runDiff(a: string, b: string, { tolerance, top, rankFor, json, quiet }: DiffArguments): Promise<void> {
  const [{ diff }, { openModel }, { modelStore }, { vocabularyDifference }] = await Promise.all([
    import('../../commands/diff.ts'),
    import('../../models/open/open-models.ts'),
    import('../../models/open/model-store.ts'),
    import('../../models/open/vocabulary-facts.ts'),
  ]);
  const terminal = processTerminal(quiet === true);
  const interrupt = interruptSignal();
  const { signal } = interrupt;
  try {
    await using store = modelStore(hubOptions(terminal), signal);
    const [one, other] = [await openModel(a, store), await openModel(b, store)];
    await store.fetchWeights();
    const show = progressReporter(terminal, 'comparing');
    const open = (file: InputFile): Promise<OpenSource> => store.openSource(file);
    const result = await diff(one, other, tolerance, signal, open, ({ read, total }) =>
      show({ read, written: 0, total }),
    );
    const ranks = rankFor === undefined ? undefined : await ranksOf(one, other, rankFor, { terminal, signal, open });
    const differs = result.beyond.length > 0;
    const vocabulary = await vocabularyDifference(one, other);
    const line = vocabulary && vocabularyDifferenceLine(vocabulary);
    if (json) terminal.printJson({ schema: SCHEMA, ...result, vocabulary, ranks: ranks?.layers });
    else {
      if (line !== undefined) terminal.print(line);
      if (ranks !== undefined) terminal.print([...ranks.text, '']);
      terminal.print(differenceText(result, tolerance, top));
    }
    if (differs) process.exitCode = 1;
  } finally {
    terminal.status('');
    interrupt.dispose();
  }
}

async function ranksOf(
  base: Checkpoint,
  model: Checkpoint,
  share: number,
  {
    terminal,
    signal,
    open,
  }: { terminal: Terminal; signal: AbortSignal; open: (file: InputFile) => Promise<OpenSource> },
): Promise<{ readonly layers: readonly LayerRank[]; readonly text: readonly string[] }> {
  const [{ ranksNeeded }, { ranksText }] = await Promise.all([
    import('../../commands/ranks.ts'),
    import('../show/ranks.ts'),
  ]);
  const show = progressReporter(terminal, 'ranks');
  const onProgress: RankOptions['onProgress'] = ({ done, total }) => show({ read: done, written: 0, total });
  const layers = await ranksNeeded(base, model, { share, signal, onProgress }, open);
  return { layers, text: ranksText(layers, share) };
}
