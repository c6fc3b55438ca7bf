import { setFlagsFromString } from 'node:v8';
import type { Command } from '../parser/command.ts';
import { Option } from '../parser/option.ts';
import type { SweepOptions, SweepResult } from '../../sweep/running/run-sweep.ts';
import type { SweepSpec } from '../../sweep/file/spec.ts';
import { fitMiddle } from '../terminal/fit-line.ts';
import { formatTable } from '../terminal/format.ts';
import type { Engine } from '../show/print-script.ts';
import type { Part } from '../../plan/part.ts';
import type { Mount } from '../../scale/parts/mounts.ts';
import { partOptions } from '../options/part-options.ts';
import { hubOptions } from '../options/hub-options.ts';
import { wholeNumberOf } from '../parser/values.ts';
import { addGroup, newCommand, outOption } from '../options/options.ts';
import {
  addComputeOptions,
  type ComputeArguments,
  lossDeviceOption,
  toComputeOptions,
} from '../options/run-options.ts';
import { interruptSignal } from '../terminal/interrupt.ts';
import { SWEEP_SCHEMA } from '../show/sweep-schema.ts';
import { processTerminal, type Terminal } from '../terminal/terminal.ts';
import { marked } from '../terminal/line.ts';
import { introducedWarning } from '../../run/execute/introduced.ts';

interface SweepArguments extends ComputeArguments {
  readonly write: boolean;
  readonly retryFailed?: true;
  readonly ask?: number;
  readonly tell?: string;
  readonly points?: string;
  readonly part?: Part;
  readonly collect?: true;
  readonly queue?: string;
  readonly printScript?: Engine;
  readonly mount?: Mount;
}

/** `swizzle sweep SWEEP.yml -o FOLDER` */
export function sweepCommand(): Command {
  const command = newCommand('sweep', 'make many merges from one read, score them, keep the best')
    .usage('SWEEP.yml -o FOLDER')
    .description(
      'Make many merges from one read of the models, score them, and keep the best. The same command again goes on where it was.',
    )
    .argument('<file>', 'sweep file: a recipe and its axes; - for standard input')
    .addHelpText(`
Examples:
  swizzle sweep sweep.yml -o sweeps/first
  swizzle sweep sweep.yml -o sweeps/first --dry-run     how much and how long
  swizzle sweep sweep.yml -o sweeps/first --ask 4       for your own optimizer
  swizzle sweep sweep.yml -o sweeps/first --part 3/16   on one of 16 machines
  swizzle sweep sweep.yml -o sweeps/first --collect     when all parts are done
  swizzle sweep sweep.yml -o sweeps/first --queue redis://host/0`)
    .action(runSweepCommand);
  addGroup(command, 'Sweep:', [
    new Option('--retry-failed', 'score again what failed'),
    new Option('--ask <n>', 'make the next n variants and print them as JSONL')
      .argParser(wholeNumberOf('--ask', 1))
      .conflicts('tell'),
    new Option('--tell <file>', 'record scores from a JSONL file, after you scored variants from --ask'),
    ...partOptions(),
    new Option('--queue <url>', 'let workers do it: redis://host:port/number; see swizzle worker').conflicts(
      'part',
      'collect',
    ),
    new Option('--points <file>', 'JSONL of parameters to try instead of the strategy’s'),
  ]);
  addComputeOptions(
    command,
    [outOption(), new Option('--no-write', 'keep folders only while a scorer needs them')],
    [],
    [],
    [],
    lossDeviceOption(),
  );
  return command;
}

async function runSweepCommand(file: string, args: SweepArguments): Promise<void> {
  const terminal = processTerminal(args.quiet === true);
  const interrupt = interruptSignal();
  try {
    const options: SweepOptions = {
      ...toComputeOptions(args),
      hub: hubOptions(terminal, args.stream),
      onWarning: (text) => terminal.note(`warning: ${text}`),
      noWrite: !args.write,
      retryFailed: args.retryFailed,
      part: args.part,
      collect: args.collect,
      queue: args.queue,
      signal: interrupt.signal,
    };
    await runVerb(args, await readSweep(file, args), options, terminal);
  } finally {
    if (interrupt.signal.aborted) terminal.note('stopped; the same command goes on where it was');
    interrupt.dispose();
  }
}

async function readSweep(file: string, { points }: SweepArguments): Promise<SweepSpec> {
  const spec = await (file === '-'
    ? pipedSweep()
    : import('../../sweep/file/load.ts').then((load) => load.loadSweep(file)));
  if (points === undefined) return spec;
  const { withPoints } = await import('../../sweep/asking/ask-tell.ts');
  return withPoints(spec, points);
}

async function pipedSweep(): Promise<SweepSpec> {
  const [{ parseSweep }, { readStandardInput, STANDARD_INPUT }] = await Promise.all([
    import('../../sweep/file/parse.ts'),
    import('../terminal/standard-input.ts'),
  ]);
  return parseSweep(STANDARD_INPUT, await readStandardInput());
}

async function runVerb(
  args: SweepArguments,
  spec: SweepSpec,
  options: SweepOptions,
  terminal: Terminal,
): Promise<void> {
  if (args.ask !== undefined) {
    const { askSweep } = await import('../../sweep/asking/ask-tell.ts');
    for (const asked of await askSweep(spec, args.ask, options)) terminal.print(JSON.stringify(asked));
    return;
  }
  if (args.tell !== undefined) {
    const { tellSweep } = await import('../../sweep/asking/ask-tell.ts');
    const told = await tellSweep(spec, args.tell, options);
    terminal.note(`${told} scores recorded in ${options.out}`);
    return;
  }
  if (args.printScript !== undefined) {
    const [{ estimateSweep }, { sweepScript, typedWords }] = await Promise.all([
      import('../../sweep/running/estimate.ts'),
      import('../show/print-script.ts'),
    ]);
    const { out, device, lanes, mount } = args;
    const typed = { words: typedWords(process.argv.slice(2)), out, device, lanes, mount };
    terminal.printText(sweepScript(args.printScript, typed, spec, await estimateSweep(spec, options)).trimEnd());
    return;
  }
  if (args.dryRun) {
    const [{ estimateSweep }, { printEstimate }] = await Promise.all([
      import('../../sweep/running/estimate.ts'),
      import('../show/print-estimate.ts'),
    ]);
    printEstimate(terminal, await estimateSweep(spec, options), options.out, args.json === true);
    return;
  }
  await run(args, spec, options, terminal);
}

async function run(args: SweepArguments, spec: SweepSpec, options: SweepOptions, terminal: Terminal): Promise<void> {
  // who follows a queue has time, and may follow for days: V8 is told to collect before it grows (10,000 variants: 230 MB -> 150)
  if (options.queue !== undefined) setFlagsFromString('--optimize-for-size');
  const [{ runSweep }, { sweepProgress }, { variantsOfPart }, { variantsOfSweep }] = await Promise.all([
    import('../../scale/queue/run-sweep.ts'),
    import('../progress/sweep-progress.ts'),
    import('../../sweep/running/waves.ts'),
    import('../../sweep/axes/variant.ts'),
  ]);
  const view = {
    objective: spec.objective,
    variants: (options.part === undefined ? variantsOfSweep(spec) : variantsOfPart(spec, options.part)).length,
    scoring: spec.score?.kind === 'command' ? spec.score.concurrency : Number(spec.score !== undefined),
  };
  const progress = sweepProgress(terminal, view, process.stderr);
  let result: SweepResult;
  try {
    result = await runSweep(spec, {
      ...options,
      onWarning: (text) => progress.note(`warning: ${text}`),
      onChange: (state) => progress.update(state),
      onQueue: (status) => progress.queue(status),
      onShare: (variants, share) => progress.share(variants, share),
    });
  } finally {
    progress.end();
  }
  const { rows } = result.report;
  if (rows.length > 0 && rows.every(({ state }) => state === 'failed')) process.exitCode = 1;
  if (args.json) terminal.printJson({ schema: SWEEP_SCHEMA, ...result.report });
  else printResult(terminal, result);
  const bad = introducedWarning(result.introduced);
  if (bad === undefined) return;
  terminal.complain(marked('bad', 'warning:', ` ${args.out}: ${bad}`));
  if (args.strict === true) process.exitCode = 1;
}

const SHOWN = 5;

function printResult(terminal: Terminal, { report, files }: SweepResult): void {
  const { rows, metrics, objective } = report;
  const shown = objective ? rows.slice(0, SHOWN) : [];
  const room = process.stdout.isTTY ? process.stdout.columns || 80 : Infinity;
  if (shown.length > 0) terminal.print(resultTable(shown, metrics, room));
  const isWhole = shown.length === rows.length && metrics.length === shownMetrics(shown, metrics, room);
  if (shown.length > 0 && !isWhole) terminal.note(`all ${rows.length} variants and metrics:`);
  for (const { variant, failure } of rows.filter((row) => row.state === 'failed').slice(0, SHOWN)) {
    terminal.note(`failed: ${variant}: ${failure}`.split('\n'));
  }
  terminal.note(files.filter((file) => !file.endsWith('.svg')));
}

const MOST_METRICS = 4;

/** The best variants with as many metrics as fit; digits are never cut, long names lose their middle. */
function resultTable(rows: SweepResult['report']['rows'], metrics: readonly string[], room: number): string[] {
  const columns = metrics.slice(0, shownMetrics(rows, metrics, room));
  const table = tableOf(rows, columns, Infinity);
  const over = Math.max(...table.map((line) => line.length)) - room;
  const widest = Math.max(...rows.map(({ variant }) => variant.length));
  return over > 0 ? tableOf(rows, columns, Math.max(8, widest - over)) : table;
}

function shownMetrics(rows: SweepResult['report']['rows'], metrics: readonly string[], room: number): number {
  for (let count = Math.min(MOST_METRICS, metrics.length); count > 1; count--) {
    const table = tableOf(rows, metrics.slice(0, count), Infinity);
    if (table.every((line) => line.length <= room)) return count;
  }
  return Math.min(1, metrics.length);
}

function tableOf(rows: SweepResult['report']['rows'], columns: readonly string[], width: number): string[] {
  const body = rows.map((row, index) => [
    index + 1,
    fitMiddle(row.variant, width),
    ...columns.map((metric) => row.scores?.[metric]?.toPrecision(6) ?? ''),
  ]);
  return formatTable([['#', 'variant', ...columns], ...body]);
}
