import type { MergeOptions, MergeSummary, PreparedMerge } from '../../commands/merge.ts';
import type { ChunkEvent } from '../../run/execute/profile.ts';
import { checkDisk } from '../../run/merge/disk-room.ts';
import { hubOptions } from '../options/hub-options.ts';
import type { MoreJson } from '../show/merge-json.ts';
import { printPlan } from '../show/print-plan.ts';
import { checkProfileFile, printProfile } from '../show/print-merge.ts';
import { nextSteps } from '../show/next-steps.ts';
import { printSummary } from '../show/print-summary.ts';
import { progressReporter } from '../progress/progress.ts';
import { checkPushOptions, preparePush } from './push.ts';
import { type RunArguments, toComputeOptions } from '../options/run-options.ts';
import { interruptSignal } from '../terminal/interrupt.ts';
import { processTerminal } from '../terminal/terminal.ts';
import { marked } from '../terminal/line.ts';
import { introducedWarning } from '../../run/execute/introduced.ts';

/** A command that plans a merge and runs it. */
export interface MergeVerb {
  /** "merging", for the progress line. */
  readonly doing: string;
  plan(options: MergeOptions): Promise<PreparedMerge & MoreJson>;
  run(options: MergeOptions): Promise<MergeSummary & MoreJson>;
  /** Text to print of the plan instead of running it: a job for a scheduler. */
  readonly script?: ((prepared: PreparedMerge) => string) | undefined;
}

/** What merge and convert have in common on the command line: dry run, progress, interrupts, summary. */
export async function runMerge(args: RunArguments, verb: MergeVerb, more: Partial<MergeOptions>): Promise<void> {
  const terminal = processTerminal(args.quiet === true);
  const interrupt = interruptSignal();
  try {
    const hub = hubOptions(terminal, args.stream);
    const options: MergeOptions = {
      ...toComputeOptions(args),
      force: args.force,
      resume: args.resume,
      ...more,
      hub,
      signal: interrupt.signal,
      onRemark: (text) => terminal.note(text),
    };
    checkPushOptions(args);
    const { pushTo } = args;
    const push = pushTo === undefined ? undefined : await preparePush(pushTo, args, terminal, interrupt.signal);
    if (verb.script !== undefined) {
      terminal.printText(verb.script(await verb.plan(options)).trimEnd());
      return;
    }
    if (args.dryRun) {
      const prepared = await verb.plan(options);
      printPlan(terminal, prepared, args.out, args.json === true);
      await checkDisk(prepared, args.out);
      return;
    }
    if (args.profile !== undefined) await checkProfileFile(args.profile);
    const events: ChunkEvent[] = [];
    const summary = await verb.run({
      ...options,
      onPlan: ({ plan }) => {
        for (const warning of plan.warnings) terminal.note(`warning: ${warning}`);
      },
      ...(args.profile === undefined ? {} : { onChunk: (event: ChunkEvent) => void events.push(event) }),
      onProgress: progressReporter(terminal, verb.doing),
    });
    const bad = introducedWarning(summary.introduced ?? []);
    const isRefused = bad !== undefined && args.strict === true;
    const pushed = isRefused ? undefined : await push?.(args.out);
    printSummary(terminal, { ...summary, ...(pushed === undefined ? {} : { pushed }) }, args.json === true);
    // on standard error whatever else is printed: a model of NaN looks like any other
    if (bad !== undefined) terminal.complain(marked('bad', 'warning:', ` ${args.out}: ${bad}`));
    if (isRefused) process.exitCode = 1;
    else if (args.json !== true) {
      const format = more.gguf === undefined ? 'safetensors' : 'gguf';
      const verified = args.verify === true;
      const steps = nextSteps({ out: args.out, format, part: summary.part, verified, pushedTo: pushed && pushTo });
      terminal.note(steps.map((step, index) => marked('dim', `  ${(index === 0 ? 'next' : '').padEnd(9)}${step}`)));
    }
    if (args.profile !== undefined) await printProfile(terminal, events, args.profile);
  } finally {
    terminal.status('');
    interrupt.dispose();
  }
}
