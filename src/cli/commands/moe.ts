import type { Command } from '../parser/command.ts';
import { Option } from '../parser/option.ts';
import type { FloatDtype } from '../../dtype.ts';
import { MERGING, SHAPING } from '../../options/options.ts';
import { dtypeOption, newCommand } from '../options/options.ts';
import { addRunOptions, type RunArguments } from '../options/run-options.ts';
import { parsePlaces } from '../parser/places.ts';
import { typed } from '../parser/values.ts';
import { routerProgress } from '../progress/loss-progress.ts';
import { processTerminal } from '../terminal/terminal.ts';

interface MoeArguments extends RunArguments {
  readonly dtype?: FloatDtype;
  readonly randomSeed?: number;
  readonly experts?: 'packed' | 'separate';
  readonly model?: ReadonlyMap<string, string>;
  readonly hashInputs?: true;
  readonly iUnderstandThisIsNotUsefulWithoutTraining?: true;
}

/** `swizzle moe config.yml -o OUT` */
export function moeCommand(): Command {
  const command = newCommand('moe', 'build a mixture of experts from dense models')
    .usage('CONFIG.yml -o FOLDER')
    .description('Build a mixture of experts from dense models, from a config in mergekit-moe’s YAML; see docs/MOE.md.')
    .argument('<config>', 'YAML with base_model, experts and gate_mode')
    .addHelpText(`
Examples:
  swizzle moe config.yml -o mixture
  swizzle moe config.yml -o mixture --dry-run           what it would do
  swizzle moe config.yml -o mixture --dtype bfloat16 --experts packed`)
    .action(runMoe);
  addRunOptions(
    command,
    [
      new Option('--experts <form>', 'separate or packed (default: separate)').argParser(
        typed('--experts', SHAPING.experts),
      ),
      new Option('--model <name=path>', 'path of a model named in the config (repeatable)')
        .argParser(parsePlaces)
        .mayRepeat(),
      new Option('--hash-inputs', 'pin local models by every byte, not by headers and samples alone'),
      new Option('--i-understand-this-is-not-useful-without-training', 'allow experts that are all the same model'),
    ],
    [
      new Option('--random-seed <n>', 'seed of random routers and noise (default: the config’s, else 0)').argParser(
        typed('--random-seed', MERGING.seed),
      ),
      dtypeOption('output dtype (default: the config’s, else the base model’s)'),
    ],
  );
  return command;
}

async function runMoe(path: string, args: MoeArguments): Promise<void> {
  const [{ runMerge }, { moe, planMoe }, { loadMoe }, { routerLines, routersJson }] = await Promise.all([
    import('./run-merge.ts'),
    import('../../commands/moe.ts'),
    import('../../run/open/load-moe.ts'),
    import('../show/routers.ts'),
  ]);
  const terminal = processTerminal(args.quiet === true);
  const config = await loadMoe(path, args.iUnderstandThisIsNotUsefulWithoutTraining === true);
  await runMerge(
    args,
    {
      doing: 'writing',
      plan: async (options) => {
        const prepared = await planMoe(config, options);
        if (!args.json) terminal.note(routerLines(prepared.routers));
        return { ...prepared, json: routersJson(prepared.routers) };
      },
      run: async (options) => {
        const summary = await moe(config, {
          ...options,
          onRouterProgress: routerProgress(terminal),
          onRouters: (routers) => {
            terminal.status('');
            if (!args.json) terminal.note(routerLines(routers));
          },
        });
        return { ...summary, json: routersJson(summary.routers) };
      },
    },
    {
      dtype: args.dtype,
      seed: args.randomSeed,
      experts: args.experts,
      places: args.model,
      hashInputs: args.hashInputs,
    },
  );
}
