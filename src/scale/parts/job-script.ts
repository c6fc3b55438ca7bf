import { basename } from 'node:path';
import { stringify } from 'yaml';
import { type Mount, mountedPath, mountedWords, pathRemarks } from './mounts.ts';
import { shellQuote } from '../../shell-quote.ts';

/** Work in parts, as a scheduler must know it. */
export interface PartsJob {
  /** The words behind "swizzle", without those about parts: ["sweep", "sweep.yml", "-o", "out"]. */
  readonly words: readonly string[];
  readonly out: string;
  /** The words that start this program, on machines that see the same files. */
  readonly program: readonly string[];
  readonly parts: number;
  /** Bytes that a part's process takes. */
  readonly memory: number;
  /** Seconds that a part may take. */
  readonly seconds: number;
  readonly threads: number;
  readonly gpu: boolean;
  /** What the numbers above do not count, a line each. */
  readonly remarks: readonly string[];
  readonly version: string;
  /** Where containers see a folder of this machine. */
  readonly mount?: Mount | undefined;
  /** Paths of this machine that parts read or write. */
  readonly paths?: readonly string[] | undefined;
}

/** What Node, its heap and the program take beside the lanes, in bytes. */
const PROCESS_BYTES = 400 * 2 ** 20;

/** A batch script for a Slurm job array: every part is a task, requeued where its node dies. */
export function slurmScript(job: PartsJob): string {
  const command = commandOf(job);
  return `#!/bin/bash
# ${job.parts} parts; then one job that joins them:
#   id=$(sbatch --parsable THIS_FILE)
#   sbatch --dependency=afterok:$id --mem=${mebibytes(job)}M --time=${clock(job.seconds)} --wrap ${shellQuote(`${command} --collect`)}
${job.remarks.map((remark) => `# ${remark}\n`).join('')}#SBATCH --job-name=${nameOf(job)}
#SBATCH --array=1-${job.parts}
#SBATCH --cpus-per-task=${job.threads}
#SBATCH --mem=${mebibytes(job)}M
#SBATCH --time=${clock(job.seconds)}
${job.gpu ? '#SBATCH --gpus-per-task=1\n' : ''}#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%A_%a.log
set -euo pipefail
# the part: SLURM_ARRAY_TASK_ID of SLURM_ARRAY_TASK_COUNT
exec ${command} --part
`;
}

/** An Indexed Job for Kubernetes: every part is a pod, made again where it dies. */
export function kubernetesManifest(job: PartsJob): string {
  const name = nameOf(job);
  const memory = `${mebibytes(job)}Mi`;
  const { mount, paths = [] } = job;
  const volume = mount?.container ?? '/work';
  const own = mountedWords(job.words, mount);
  const words = (last: string): string[] => ['npx', '--yes', `swizzle-merge@${job.version}`, ...own, last];
  const manifest = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: {
      completions: job.parts,
      parallelism: job.parts,
      completionMode: 'Indexed',
      backoffLimitPerIndex: 3,
      activeDeadlineSeconds: Math.ceil(job.seconds) * 4,
      template: {
        spec: {
          restartPolicy: 'Never',
          containers: [
            {
              name: 'part',
              image: 'node:22',
              workingDir: (mount && mountedPath('.', mount)) ?? volume,
              command: words('--part'),
              env: [{ name: 'JOB_COMPLETIONS', value: String(job.parts) }],
              resources: {
                requests: { cpu: String(job.threads), memory },
                limits: { memory, ...(job.gpu ? { 'nvidia.com/gpu': '1' } : {}) },
              },
              volumeMounts: [{ name: 'work', mountPath: volume }],
            },
          ],
          volumes: [{ name: 'work', persistentVolumeClaim: { claimName: 'work' } }],
        },
      },
    },
  };
  const { parts } = job;
  const remarks = [...pathRemarks(paths, mount), ...job.remarks];
  return `# ${parts} parts, on a claim "work" that all pods can write to (ReadWriteMany), with the models in it; then join them:
#   kubectl apply -f THIS_FILE && kubectl wait --for=condition=complete --timeout=-1s job/${name}
#   ${quoted(words('--collect'))}, where the claim is mounted
${remarks.map((remark) => `# ${remark}\n`).join('')}${stringify(manifest)}`;
}

function commandOf({ words, program }: PartsJob): string {
  return quoted([...program, ...words]);
}

function quoted(words: readonly string[]): string {
  return words.map(shellQuote).join(' ');
}

/** A name that both engines take: small letters, digits, dashes. */
function nameOf({ out, words }: PartsJob): string {
  const own = basename(out)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  return `swizzle-${own}`.slice(0, 50).replace(/-+$/, '') || `swizzle-${words[0]}`;
}

function mebibytes({ memory }: PartsJob): number {
  return Math.ceil((memory + PROCESS_BYTES) / 2 ** 26) * 64;
}

/** "1-02:30:00": Slurm's days, hours, minutes, seconds; whole minutes. */
function clock(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  const two = (value: number): string => String(value).padStart(2, '0');
  const days = Math.floor(minutes / 1440);
  return `${days > 0 ? `${days}-` : ''}${two(Math.floor((minutes % 1440) / 60))}:${two(minutes % 60)}:00`;
}
