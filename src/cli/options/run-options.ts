import type { Command } from '../parser/command.ts';
import { Option } from '../parser/option.ts';
import type { MergeOptions } from '../../commands/merge.ts';
import { addGroup, GROUPS, jsonOption, outOption, quietOption } from './options.ts';
import { COMPUTING, SHAPING } from '../../options/options.ts';
import { typed } from '../parser/values.ts';
import { type PushArguments, pushOptions } from '../commands/push.ts';

/** How merges are computed, as typed: what merge, convert and sweep share. Sizes in bytes. */
export interface ComputeArguments {
  readonly out: string;
  readonly device: 'auto' | 'webgpu' | 'cpu';
  readonly adapter?: string;
  readonly fallback?: 'cpu';
  readonly lanes?: number;
  readonly chunkSize?: number;
  readonly memory?: number;
  readonly shardSize?: number;
  readonly onOverflow?: 'inf' | 'saturate' | 'error';
  readonly strict?: true;
  readonly stream?: true;
  readonly dryRun?: true;
  readonly json?: true;
  readonly quiet?: true;
}

/** Options of the commands that write one model, as typed. */
export interface RunArguments extends ComputeArguments, PushArguments {
  readonly pushTo?: string;
  readonly verify?: true;
  readonly force?: true;
  readonly resume?: true;
  readonly profile?: string;
}

/** Options of `merge` and `convert`; `numbers` are those that only one of them has. */
export function addRunOptions(
  command: Command,
  output: readonly Option[],
  numbers: readonly Option[],
  device: Option = deviceOption(),
): void {
  addComputeOptions(
    command,
    [
      outOption(),
      new Option('--force', 'replace the folder of an earlier merge'),
      new Option('--resume', 'go on with what an interrupted or killed run has left'),
      ...output,
    ],
    numbers,
    [new Option('--push-to <name>', 'upload the result to the Hub as org/name'), ...pushOptions()],
    [new Option('--profile <file>', 'show where the time went; write a Chrome trace')],
    device,
  );
}

/** Options of everything that merges, group by group. */
export function addComputeOptions(
  command: Command,
  output: readonly Option[],
  numbers: readonly Option[],
  hub: readonly Option[] = [],
  report: readonly Option[] = [],
  device: Option = deviceOption(),
): void {
  addGroup(command, GROUPS.output, [
    ...output,
    new Option('--shard-size <size>', 'most tensor data in one file (default: 5GB)').argParser(
      typed('--shard-size', SHAPING.shardBytes),
    ),
    new Option('--dry-run', 'print the plan, write nothing'),
  ]);
  addGroup(command, GROUPS.numbers, [
    ...numbers,
    new Option(
      '--on-overflow <how>',
      'what the output dtype cannot hold: inf, saturate or error (default: inf)',
    ).argParser(typed('--on-overflow', SHAPING.onOverflow)),
    new Option('--strict', 'exit 1 if the merge makes NaN or infinity'),
  ]);
  addGroup(command, GROUPS.device, [
    device,
    new Option('--adapter <name>', 'WebGPU adapter, by part of its name; see swizzle devices'),
    new Option('--fallback <kind>', 'cpu: go on there where the GPU is lost for good').argParser(
      typed('--fallback', COMPUTING.fallback),
    ),
    new Option(
      '--memory <size>',
      'memory limit for all lanes, e.g. 1GiB; set it if other programs need the memory',
    ).argParser(typed('--memory', COMPUTING.memory)),
    new Option('--lanes <n>', 'chunks processed concurrently; lower it to leave cores to other programs')
      .argParser(typed('--lanes', COMPUTING.lanes))
      .advanced(),
    new Option(
      '--chunk-size <size>',
      'maximum size of one operand of a chunk, e.g. 16MiB; lower it if a GPU runs out of memory',
    )
      .argParser(typed('--chunk-size', COMPUTING.chunkBytes))
      .advanced(),
  ]);
  addGroup(command, GROUPS.hub, [
    new Option('--stream', 'read models by range requests, without a local copy'),
    ...hub,
  ]);
  addGroup(command, GROUPS.report, [jsonOption('print the result'), quietOption(), ...report]);
}

export function deviceOption(about: string = 'auto (whichever is faster here), webgpu or cpu (default: auto)'): Option {
  return new Option('--device <kind>', about).argParser(typed('--device', COMPUTING.device)).default('auto');
}

/** The same for commands that also compute losses. */
export function lossDeviceOption(): Option {
  return deviceOption('auto, webgpu or cpu (default: auto; for losses the CPU)');
}

/** What a merge and a sweep take. */
type ComputeOptions = Pick<
  MergeOptions,
  'out' | 'device' | 'adapter' | 'fallback' | 'lanes' | 'chunkBytes' | 'memory' | 'shardBytes' | 'onOverflow'
>;

/** The options as the verbs take them. */
export function toComputeOptions(args: ComputeArguments): ComputeOptions {
  const { out, device, adapter, fallback, lanes, chunkSize, memory, shardSize, onOverflow } = args;
  return { out, device, adapter, fallback, lanes, chunkBytes: chunkSize, memory, shardBytes: shardSize, onOverflow };
}
