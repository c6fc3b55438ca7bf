import { hubOptions } from '../options/hub-options.ts';
import { jsonOption, newCommand, quietOption } from '../options/options.ts';
import type { Command } from '../parser/command.ts';
import { Option } from '../parser/option.ts';
import { VERIFYING } from '../../options/options.ts';
import { typed } from '../parser/values.ts';
import { parsePlaces } from '../parser/places.ts';
import { progressReporter } from '../progress/progress.ts';
import { verificationText } from '../show/verification.ts';
import { interruptSignal } from '../terminal/interrupt.ts';
import { processTerminal, type Terminal } from '../terminal/terminal.ts';
import type { Verification, VerifyOptions } from '../../commands/verify.ts';

/** Tensors that are made again. */
export const SAMPLE = 32;

interface VerifyArguments {
  readonly sample: number;
  readonly seed?: number;
  readonly method?: string;
  readonly model?: ReadonlyMap<string, string>;
  readonly json?: true;
  readonly quiet?: true;
}

/** Changes when a key changes its name or meaning; docs/JSON.md. */
const SCHEMA = 'swizzle/verify/1';

/** `swizzle verify OUT`: exit code 1 when something is not as it should be */
export function verifyCommand(): Command {
  return newCommand('verify', 'check a merged model: its files, and a sample made again')
    .usage('FOLDER')
    .description(
      'Check what a command has written: every byte of every file against the checksums taken when it was written, and a random sample of tensors against what the recipe beside them gives on the CPU. Exit codes: 0 all good, 1 something is not, 2 wrong use or input.',
    )
    .argument('<folder>', 'the output of merge, convert, cocktail or extract')
    .addOption(
      new Option('--sample <n>', `tensors to make again; 0: none (default: ${SAMPLE})`)
        .argParser(typed('--sample', VERIFYING.sample))
        .default(SAMPLE),
    )
    .addOption(
      new Option('--seed <n>', 'decides which (default: another every time)').argParser(
        typed('--seed', VERIFYING.seed),
      ),
    )
    .addOption(
      new Option('--model <name=path>', 'where a model of its recipe is now; may be given again')
        .argParser(parsePlaces)
        .mayRepeat(),
    )
    .addOption(new Option('--method <file>', 'the module with the merge method of your own that made it'))
    .addOption(jsonOption('print all of it'))
    .addOption(quietOption())
    .addHelpText('\nExamples:\n  swizzle verify merged\n  swizzle verify merged --sample 0            files only')
    .action(runVerify);
}

async function runVerify(folder: string, { json, quiet, model, ...args }: VerifyArguments): Promise<void> {
  const terminal = processTerminal(quiet === true);
  const interrupt = interruptSignal();
  try {
    const { signal } = interrupt;
    const found = await verified(folder, { ...args, places: model, signal }, terminal);
    if (json) terminal.printJson({ schema: SCHEMA, ...found });
    else terminal.print(verificationText(found));
    if (!found.isGood) process.exitCode = 1;
  } finally {
    terminal.status('');
    interrupt.dispose();
  }
}

/** Verifies with progress on the terminal; a seed is chosen where none is given. */
export async function verified(
  folder: string,
  {
    sample,
    seed,
    method,
    places,
    signal,
  }: Pick<VerifyOptions, 'sample' | 'method' | 'places' | 'signal'> & { readonly seed?: number },
  terminal: Terminal,
): Promise<Verification> {
  const { verify } = await import('../../commands/verify.ts');
  let doing = '';
  let show = progressReporter(terminal, 'reading');
  return verify(folder, {
    sample,
    seed: seed ?? Math.floor(Math.random() * 1e6),
    method,
    places,
    signal,
    hub: hubOptions(terminal),
    onProgress(progress) {
      if (progress.doing !== doing) show = progressReporter(terminal, progress.doing);
      ({ doing } = progress);
      show({ read: progress.read, written: 0, total: progress.total });
    },
  });
}
