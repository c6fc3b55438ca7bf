import type { Argv } from 'yargs';
import { type FloatDtype, floatDtypeNames, parseFloatDtype } from '../dtype.ts';
import { SwizzleError } from '../errors.ts';
import type { MergeOptions } from '../verbs/merge.ts';
import { parseSize } from './format.ts';
import { type PushArguments, pushOptions } from './push.ts';

/** How merges are computed, as typed: what merge, convert and sweep share. */
export interface ComputeArguments {
  readonly stream: boolean;
  readonly out: string;
  readonly device: 'auto' | 'webgpu' | 'cpu';
  readonly adapter: string | undefined;
  readonly lanes: number | undefined;
  readonly 'chunk-size': string | undefined;
  readonly memory: string | undefined;
  readonly 'shard-size': string;
  readonly 'on-overflow': 'inf' | 'saturate' | 'error';
  readonly 'dry-run': boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Options of the commands that write one model, as typed. */
export interface RunArguments extends ComputeArguments, PushArguments {
  readonly 'push-to': string | undefined;
  readonly force: boolean;
  readonly profile: string | undefined;
}

/** Declares them. */
export function runOptions<T>(yargs: Argv<T>): Argv<T & RunArguments> {
  return pushOptions(computeOptions(yargs))
    .option('push-to', { type: 'string', requiresArg: true, describe: 'upload the result to the Hub as org/name' })
    .option('force', { type: 'boolean', default: false, describe: 'replace the output folder' })
    .option('profile', {
      type: 'string',
      describe: 'print where the time went; write a Chrome trace to this file',
      requiresArg: true,
    });
}

/** Declares how merges are computed. */
export function computeOptions<T>(yargs: Argv<T>): Argv<T & ComputeArguments> {
  return yargs
    .option('out', { alias: 'o', type: 'string', demandOption: true, describe: 'output folder', requiresArg: true })
    .option('device', {
      choices: ['auto', 'webgpu', 'cpu'] as const,
      default: 'auto' as const,
      describe: 'auto: a hardware GPU, else the CPU',
    })
    .option('adapter', { type: 'string', describe: 'WebGPU adapter by (part of) its name; see swizzle devices' })
    .option('lanes', { type: 'number', describe: 'chunks in work at the same time' })
    .option('chunk-size', { type: 'string', describe: 'bytes of one operand of a chunk, such as 16MiB' })
    .option('memory', { type: 'string', describe: 'bound on the memory that all lanes take, such as 1GiB' })
    .option('shard-size', { type: 'string', default: '5GB', describe: 'most tensor data in one output file' })
    .option('on-overflow', {
      choices: ['inf', 'saturate', 'error'] as const,
      default: 'inf' as const,
      describe: 'what becomes of values that the output dtype cannot hold',
    })
    .option('stream', {
      type: 'boolean',
      default: false,
      describe: 'read models on the Hub by range requests, without a local copy',
    })
    .option('dry-run', { type: 'boolean', default: false, describe: 'print the plan, write nothing' })
    .option('json', { type: 'boolean', default: false, describe: 'print the result as JSON' })
    .option('quiet', { type: 'boolean', default: false, describe: 'no progress, no remarks' });
}

/** What a merge and a sweep take. */
type ComputeOptions = Pick<
  MergeOptions,
  'out' | 'device' | 'adapter' | 'lanes' | 'chunkBytes' | 'memory' | 'shardBytes' | 'onOverflow'
>;

/** The options as the verbs take them. @throws SwizzleError 'usage' */
export function toComputeOptions(args: ComputeArguments): ComputeOptions {
  if (args.lanes !== undefined && !(Number.isInteger(args.lanes) && args.lanes >= 1 && args.lanes <= 64)) {
    throw new SwizzleError('usage', `--lanes: expected a whole number from 1 to 64, found ${args.lanes}`);
  }
  const size = (option: string, text: string | undefined): number | undefined =>
    text === undefined ? undefined : parseSize(option, text);
  return {
    out: args.out,
    device: args.device,
    adapter: args.adapter,
    lanes: args.lanes,
    chunkBytes: size('chunk-size', args['chunk-size']),
    memory: size('memory', args.memory),
    shardBytes: size('shard-size', args['shard-size']),
    onOverflow: args['on-overflow'],
  };
}

/** A dtype as typed. @throws SwizzleError 'usage' */
export function toDtype(text: string): FloatDtype {
  const dtype = parseFloatDtype(text);
  if (dtype !== undefined) return dtype;
  throw new SwizzleError(
    'usage',
    `--dtype: expected one of ${floatDtypeNames().join(', ')}, found ${JSON.stringify(text)}`,
  );
}
