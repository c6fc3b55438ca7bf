import type { Command } from './parser/command.ts';
import { Option } from './parser/option.ts';
import type { DiffResult } from '../verbs/diff.ts';
import { formatTable } from './format.ts';
import { hubOptions } from './hub-options.ts';
import { numberOf } from './parser/values.ts';
import { jsonOption, newCommand } from './options.ts';
import { vocabularyDifferenceLine } from './print-vocabulary.ts';
import { interruptSignal } from './interrupt.ts';
import { processTerminal, type Terminal } from './terminal.ts';

interface DiffArguments {
  readonly tolerance: number;
  readonly json?: true;
}

/** `swizzle diff A B`: exit code 1 when the models differ beyond the tolerance */
export function diffCommand(): Command {
  return newCommand('diff', 'compare two models tensor by tensor')
    .usage('MODEL OTHER-MODEL')
    .description('Compare two models tensor by tensor. Exit code 1 when they differ beyond the tolerance.')
    .argument('<model>', 'a folder, a .safetensors file, or org/name')
    .argument('<other-model>', 'the same')
    .addOption(
      new Option('--tolerance <t>', 'largest difference, as a share of a tensor’s largest magnitude (default: 0)')
        .argParser(numberOf('--tolerance'))
        .default(0),
    )
    .addOption(jsonOption('print all of it'))
    .addHelpText('\nExamples:\n  swizzle diff merged other/merged --tolerance 1e-6')
    .action(runDiff);
}

async function runDiff(a: string, b: string, { tolerance, json }: DiffArguments): Promise<void> {
  const [{ diff }, { openModel }, { modelStore }, { vocabularyDifference }] = await Promise.all([
    import('../verbs/diff.ts'),
    import('../verbs/open-models.ts'),
    import('../verbs/model-store.ts'),
    import('../verbs/vocabulary-facts.ts'),
  ]);
  const terminal = processTerminal(false);
  const interrupt = interruptSignal();
  const { signal } = interrupt;
  try {
    await using store = modelStore(hubOptions(terminal), signal);
    const [one, other] = [await openModel(a, store), await openModel(b, store)];
    await store.fetchWeights();
    const result = await diff(one, other, tolerance, signal, (file) => store.openSource(file));
    const vocabulary = await vocabularyDifference(one, other);
    const line = vocabulary && vocabularyDifferenceLine(vocabulary);
    if (json) terminal.print(JSON.stringify({ ...result, vocabulary }, undefined, 2));
    else printDiff(terminal, result, tolerance);
    if (!json && line !== undefined) terminal.print(line);
    if (result.beyond.length > 0) process.exitCode = 1;
  } finally {
    interrupt.dispose();
  }
}

function printDiff(terminal: Terminal, { tensors, identicalShare, beyond }: DiffResult, tolerance: number): void {
  const compared = tensors.filter((tensor) => tensor.problem === undefined && tensor.identical < tensor.elements);
  if (compared.length > 0) {
    const rows = compared.map((one) => {
      const share = `${((100 * one.identical) / one.elements).toFixed(3)} %`;
      return [
        one.name,
        share,
        one.maxAbsolute.toExponential(2),
        one.maxRelative.toExponential(2),
        one.maxUlp.toPrecision(3),
      ];
    });
    terminal.print(`${formatTable([['tensor', 'identical', 'absolute', 'relative', 'ulp'], ...rows])}\n`);
  }
  for (const { name, problem } of tensors) if (problem !== undefined) terminal.print(`${name}: ${problem}`);
  const share = `${(100 * identicalShare).toFixed(4)} % of the values are the same`;
  if (beyond.length === 0 && identicalShare === 1) terminal.print(`identical: ${tensors.length} tensors`);
  else if (beyond.length === 0) terminal.print(`equal within ${tolerance}: ${tensors.length} tensors, ${share}`);
  else terminal.print(`different: ${beyond.length} of ${tensors.length} tensors, ${share}`);
}
