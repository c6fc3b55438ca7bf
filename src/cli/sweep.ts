import type { Argv, CommandModule } from 'yargs';
import { SwizzleError } from '../errors.ts';
import type { SweepOptions, SweepResult } from '../sweep/run-sweep.ts';
import type { SweepSpec } from '../sweep/spec.ts';
import { formatTable } from './format.ts';
import { type ComputeArguments, computeOptions, toComputeOptions } from './run-options.ts';
import { hubOptions } from './hub-options.ts';
import { interruptSignal, processTerminal, type Terminal } from './terminal.ts';

interface SweepArguments extends ComputeArguments {
  readonly file: string;
  readonly write: boolean;
  readonly 'retry-failed': boolean;
  readonly ask: number | undefined;
  readonly tell: string | undefined;
  readonly points: string | undefined;
}

/** `swizzle sweep SWEEP.yml -o FOLDER` */
export const sweepCommand: CommandModule<object, SweepArguments> = {
  command: 'sweep <file>',
  describe: 'make many merges from one read, score them, keep the best',
  builder: (yargs: Argv): Argv<SweepArguments> =>
    computeOptions(yargs)
      .positional('file', { type: 'string', demandOption: true, describe: 'sweep file: a recipe and its axes' })
      .option('write', {
        type: 'boolean',
        default: true,
        describe: 'keep folders of variants; --no-write: only while a scorer needs them',
      })
      .option('retry-failed', { type: 'boolean', default: false, describe: 'score again what failed' })
      .option('ask', { type: 'number', describe: 'make the next N variants and print them as JSONL' })
      .option('tell', { type: 'string', describe: 'record scores from a JSONL file' })
      .option('points', { type: 'string', describe: 'JSONL of parameters to try instead of the strategy’s' })
      .conflicts('ask', 'tell')
      .example('$0 sweep sweep.yml -o sweeps/first', 'the same command again goes on where it was'),
  handler: async (args) => {
    const terminal = processTerminal(args.quiet);
    const interrupt = interruptSignal();
    try {
      const options: SweepOptions = {
        ...toComputeOptions(args),
        hub: hubOptions(terminal, args.stream),
        onWarning: (text) => terminal.note(`warning: ${text}`),
        noWrite: !args.write,
        retryFailed: args['retry-failed'],
        signal: interrupt.signal,
      };
      await runVerb(args, await readSweep(args), options, terminal);
    } finally {
      interrupt.dispose();
    }
  },
};

async function readSweep({ file, points }: SweepArguments): Promise<SweepSpec> {
  const { loadSweep } = await import('../sweep/load.ts');
  const spec = await loadSweep(file);
  if (points === undefined) return spec;
  const { withPoints } = await import('../sweep/ask-tell.ts');
  return withPoints(spec, points);
}

async function runVerb(
  args: SweepArguments,
  spec: SweepSpec,
  options: SweepOptions,
  terminal: Terminal,
): Promise<void> {
  if (args.ask !== undefined) {
    if (!(Number.isInteger(args.ask) && args.ask > 0)) {
      throw new SwizzleError('usage', `--ask: expected a whole number above 0, found ${args.ask}`);
    }
    const { askSweep } = await import('../sweep/ask-tell.ts');
    for (const asked of await askSweep(spec, args.ask, options)) terminal.print(JSON.stringify(asked));
    return;
  }
  if (args.tell !== undefined) {
    const { tellSweep } = await import('../sweep/ask-tell.ts');
    const told = await tellSweep(spec, args.tell, options);
    terminal.note(`${told} scores recorded in ${options.out}`);
    return;
  }
  if (args['dry-run']) {
    const [{ estimateSweep }, { printEstimate }] = await Promise.all([
      import('../sweep/estimate.ts'),
      import('./print-estimate.ts'),
    ]);
    printEstimate(terminal, await estimateSweep(spec, options), options.out, args.json);
    return;
  }
  await run(args, spec, options, terminal);
}

async function run(args: SweepArguments, spec: SweepSpec, options: SweepOptions, terminal: Terminal): Promise<void> {
  const [{ runSweep }, { sweepProgress }, { variantsOfSweep }] = await Promise.all([
    import('../sweep/run-sweep.ts'),
    import('./sweep-progress.ts'),
    import('../sweep/variants-of-sweep.ts'),
  ]);
  const view = {
    objective: spec.objective,
    variants: variantsOfSweep(spec).length,
    scoring: spec.score?.kind === 'command' ? spec.score.concurrency : Number(spec.score !== undefined),
  };
  const progress = sweepProgress(terminal, view, process.stderr);
  let result: SweepResult;
  try {
    result = await runSweep(spec, {
      ...options,
      onWarning: (text) => progress.note(`warning: ${text}`),
      onChange: (state) => progress.update(state),
    });
  } finally {
    progress.end();
  }
  if (args.json) terminal.print(JSON.stringify(result.report, undefined, 2));
  else printResult(terminal, result);
}

const SHOWN = 5;

function printResult(terminal: Terminal, { report, files }: SweepResult): void {
  const { rows, metrics, objective } = report;
  const shown = objective ? rows.slice(0, SHOWN) : [];
  const columns = metrics.slice(0, 4);
  const body = shown.map((row, index) => [
    index + 1,
    row.variant,
    ...columns.map((metric) => row.scores?.[metric]?.toPrecision(6) ?? ''),
  ]);
  if (shown.length > 0) terminal.print(formatTable([['#', 'variant', ...columns], ...body]));
  for (const { variant, failure } of rows.filter((row) => row.state === 'failed').slice(0, SHOWN)) {
    terminal.note(`failed: ${variant}: ${failure}`);
  }
  terminal.note(files.filter((file) => !file.endsWith('.svg')).join('\n'));
}
