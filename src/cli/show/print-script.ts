import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageFile, packageVersion } from '../../package.ts';
import { kubernetesManifest, type PartsJob, slurmScript } from '../../scale/parts/job-script.ts';
import { type Mount, mountedPath } from '../../scale/parts/mounts.ts';
import { parseRecipe } from '../../recipe/parse.ts';
import { modelsOf } from '../../recipe/recipe.ts';
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
  readonly mount: Mount | undefined;
}

/** Options that are about the script itself; each takes a value. */
const DROPPED = ['--print-script', '--mount'];

/** The words of this process's command line, without what is about scripts and parts. */
export function typedWords(words: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (DROPPED.includes(word)) at += 1;
    else if (!DROPPED.some((name) => word.startsWith(`${name}=`))) kept.push(word);
  }
  return kept;
}

export function mergeScript(engine: Engine, typed: TypedCommand, prepared: PreparedMerge): string {
  const { plan, memory, models } = prepared;
  const shards = plan.variants.flatMap((variant) => variant.shards).length;
  const parts = Math.min(MOST_PARTS, shards);
  return scriptOf(engine, {
    ...jobOf(typed),
    words: [...typed.words, ...movedModels(models.keys(), typed)],
    paths: pathsOf(typed, models.keys()),
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
  { file, score }: SweepSpec,
  { variants, passes, memory, bytesRead, bytesWritten }: SweepEstimate,
): string {
  const most = score?.kind === 'loss' || score?.kind === 'distance' ? Math.ceil(variants.length / 8) : passes;
  const parts = Math.max(1, Math.min(MOST_PARTS, most));
  const [first] = variants;
  const models = first === undefined ? [] : modelsOf(parseRecipe(file, first.recipe));
  return scriptOf(engine, {
    ...jobOf(typed),
    paths: pathsOf(typed, models),
    parts,
    memory,
    seconds: SPARE + (2 * (bytesRead + bytesWritten)) / parts / SLOW,
    remarks: [
      ...(score === undefined ? [] : ['Scoring is not counted: raise time and memory by what the scorer takes.']),
      'The time is a bound for a file system that gives each part 50 MB/s.',
    ],
  });
}

/** Options that say where containers see models which a recipe names by paths of this machine. */
function movedModels(names: Iterable<string>, { mount, words }: TypedCommand): string[] {
  if (mount === undefined) return [];
  return [...names].flatMap((name) => {
    const there = isAbsolute(name) && !words.includes(name) ? mountedPath(name, mount) : undefined;
    return there === undefined ? [] : ['--model', `${name}=${there}`];
  });
}

/** Local paths that a command reads or writes: its words, the output, and the models that are no names of the Hub. */
function pathsOf({ words, out }: TypedCommand, models: Iterable<string>): string[] {
  const typed = words.slice(1).map((word) => word.slice(word.lastIndexOf('=') + 1));
  return [...typed.filter((word) => !word.startsWith('-') && existsSync(word)), out, ...[...models].filter(existsSync)];
}

function jobOf({
  words,
  out,
  device,
  lanes,
  mount,
}: TypedCommand): Pick<PartsJob, 'words' | 'out' | 'program' | 'threads' | 'gpu' | 'version' | 'mount'> {
  const program = ['node', fileURLToPath(packageFile('dist/cli/bin.cjs'))];
  return { words, out, program, threads: lanes ?? 2, gpu: device === 'webgpu', version: packageVersion(), mount };
}

function scriptOf(engine: Engine, job: PartsJob): string {
  return engine === 'slurm' ? slurmScript(job) : kubernetesManifest(job);
}
