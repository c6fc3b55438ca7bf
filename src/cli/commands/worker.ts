import type { Command } from '../parser/command.ts';
import { Option } from '../parser/option.ts';
import { SwizzleError } from '../../errors.ts';
import { COMPUTING } from '../../options/options.ts';
import { typed, wholeNumberOf } from '../parser/values.ts';
import { hubOptions } from '../options/hub-options.ts';
import { addGroup, GROUPS, newCommand, quietOption } from '../options/options.ts';
import { lossDeviceOption } from '../options/run-options.ts';
import { endAtOnce } from '../terminal/interrupt.ts';
import { processTerminal } from '../terminal/terminal.ts';

/** Milliseconds from the second signal to the end, whatever hangs. */
const STOP_MS = 4000;

/** Milliseconds for what is left to end by itself. */
const LEAVE_MS = 200;

interface WorkerArguments {
  readonly queue?: string;
  readonly concurrency: number;
  readonly device: 'auto' | 'webgpu' | 'cpu';
  readonly adapter?: string;
  readonly lanes?: number;
  readonly memory?: number;
  readonly stream?: true;
  readonly quiet?: true;
}

/** `swizzle worker --queue redis://host/0` */
export function workerCommand(): Command {
  const command = newCommand('worker', 'make and score variants of sweeps that others put on a queue')
    .usage('--queue redis://host:port/number')
    .description(
      'Take units of sweeps from a queue: make their variants and score them here. Start it in a folder from which the sweeps’ relative paths lead to the same models. SIGTERM finishes the unit under way, a second one gives it up.',
    )
    .addHelpText(`
Examples:
  swizzle worker --queue redis://host/0
  SWIZZLE_QUEUE=rediss://user:password@host:6380/0 swizzle worker --concurrency 2`)
    .action(runWorkerCommand);
  addGroup(command, 'Queue:', [
    new Option('--queue <url>', 'a Redis, rediss:// for TLS (default: SWIZZLE_QUEUE)'),
    new Option('--concurrency <n>', 'units at the same time (default: 1)')
      .argParser(wholeNumberOf('--concurrency', 1))
      .default(1),
  ]);
  addGroup(command, GROUPS.device, [
    lossDeviceOption(),
    new Option('--adapter <name>', 'WebGPU adapter, by part of its name; see swizzle devices'),
    new Option('--memory <size>', 'bound on the memory of all lanes, such as 1GiB').argParser(
      typed('--memory', COMPUTING.memory),
    ),
    new Option('--lanes <n>', 'chunks in work at the same time').argParser(typed('--lanes', COMPUTING.lanes)),
  ]);
  addGroup(command, GROUPS.hub, [new Option('--stream', 'read models on the Hub by ranges, keep no copy')]);
  addGroup(command, GROUPS.report, [quietOption()]);
  return command;
}

async function runWorkerCommand(args: WorkerArguments): Promise<void> {
  const url = args.queue ?? process.env['SWIZZLE_QUEUE'];
  if (url === undefined)
    throw new SwizzleError('usage', 'option --queue <url> is missing, and SWIZZLE_QUEUE is not set');
  const [{ workOnQueue }, { checkQueue }, { queueAddress }] = await Promise.all([
    import('../../scale/queue/work.ts'),
    import('../../scale/queue/connection.ts'),
    import('../../scale/queue/address.ts'),
  ]);
  const terminal = processTerminal(args.quiet === true);
  await checkQueue(url);
  terminal.note(`waits for units on ${queueAddress(url)}`);
  const [drain, stop] = [new AbortController(), new AbortController()];
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stop.signal.aborted) endAtOnce(signal);
    if (drain.signal.aborted) {
      stop.abort(new Error(`stopped by ${signal}`));
      // scorers have that long to end
      setTimeout(() => endAtOnce(signal), STOP_MS).unref();
      return;
    }
    terminal.note('finishing the unit under way; interrupt once more to give it up');
    drain.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    await workOnQueue(url, {
      ...args,
      hub: hubOptions(terminal, args.stream),
      drain: drain.signal,
      stop: stop.signal,
      onRemark: (text) => terminal.note(text),
    });
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    // the queue's client may wait for a server that is gone; the exit code is set by then
    setTimeout(() => process.exit(), LEAVE_MS);
  }
}
