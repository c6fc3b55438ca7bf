import { fileURLToPath } from 'node:url';
import { packageFile } from '../../package.ts';
import { packageVersion } from '../../package-version.ts';
import { kubernetesManifest, type PartsJob, slurmScript } from '../../scale/parts/job-script.ts';
import type { SweepEstimate } from '../../sweep/running/estimate.ts';
import type { SweepSpec } from '../../sweep/file/spec.ts';
import type { PreparedMerge } from '../../commands/merge.ts';

export type Engine = 'slurm' | 'kubernetes';

/** Bytes a second that a shared file system gives a part at the least, or so it is assumed. */
const SLOW = 50e6;
/** Seconds for what is not counted: starting, installing, waiting for others on the same disk. */
const SPARE = 1800;
/** A merge of one file has no parts; a sweep of thousands need not have thousands. */
const MOST_PARTS = 1000;

/** What the user typed, as far as the parts repeat it. */
export interface TypedCommand {
  readonly words: readonly string[];
  readonly out: string;
  readonly device: string;
  readonly lanes: number | undefined;
}

/** The words of this process's command line, without what is about scripts and parts. */
export function typedWords(words: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--print-script') at += 1;
    else if (!word.startsWith('--print-script=')) kept.push(word);
  }
  return kept;
}

export function mergeScript(engine: Engine, typed: TypedCommand, { plan, memory }: PreparedMerge): string {
  const shards = plan.variants.flatMap((variant) => variant.shards).length;
  const parts = Math.min(MOST_PARTS, shards);
  return scriptOf(engine, {
    ...jobOf(typed),
    parts,
    memory,
    seconds: SPARE + (2 * (plan.bytesRead + plan.bytesWritten)) / parts / SLOW,
    remarks: [
      ...(shards === 1 ? ['The output is one file: there is one part. A smaller --shard-size gives more.'] : []),
      'The time is a bound for a file system that gives each part 50 MB/s.',
    ],
  });
}

export function sweepScript(
  engine: Engine,
  typed: TypedCommand,
  { score }: SweepSpec,
  { variants, passes, memory, bytesRead, bytesWritten }: SweepEstimate,
): string {
  const most = score?.kind === 'loss' || score?.kind === 'distance' ? Math.ceil(variants.length / 8) : passes;
  const parts = Math.max(1, Math.min(MOST_PARTS, most));
  return scriptOf(engine, {
    ...jobOf(typed),
    parts,
    memory,
    seconds: SPARE + (2 * (bytesRead + bytesWritten)) / parts / SLOW,
    remarks: [
      ...(score === undefined ? [] : ['Scoring is not counted: raise time and memory by what the scorer takes.']),
      'The time is a bound for a file system that gives each part 50 MB/s.',
    ],
  });
}

function jobOf({
  words,
  out,
  device,
  lanes,
}: TypedCommand): Pick<PartsJob, 'words' | 'out' | 'program' | 'threads' | 'gpu' | 'version'> {
  const program = ['node', fileURLToPath(packageFile('dist/cli/bin.cjs'))];
  return { words, out, program, threads: lanes ?? 2, gpu: device === 'webgpu', version: packageVersion() };
}

function scriptOf(engine: Engine, job: PartsJob): string {
  return engine === 'slurm' ? slurmScript(job) : kubernetesManifest(job);
}
