import { createCpuForward } from '../../matrix/cpu/device.ts';
import type { ForwardDevice, ForwardMemory } from '../../matrix/device.ts';
import { type Factors, needsOf } from '../../matrix/steps/drive.ts';
import { runProgram } from '../../matrix/steps/program.ts';
import { remoteFactors } from '../../matrix/steps/remote-factors.ts';
import { wideFactors } from '../../matrix/steps/wide-factors.ts';
import { Workspace } from '../../matrix/steps/workspace.ts';
import { matrixGroups, type MatrixJob } from '../../plan/passes/matrix-job.ts';
import type { ResourceStack } from '../../resource-stack.ts';
import { DELTA_STAGING_BYTES } from './delta-reader.ts';

/** Bytes that jobs over whole matrices take, one after another. */
export interface MatrixNeeds {
  readonly narrow: number;
  readonly wide: number;
  readonly factored: number;
  /** All together, with what is read piece by piece. */
  readonly bytes: number;
}

const ALIGNMENT = 256;

/** What one job takes. */
export function jobNeeds(job: MatrixJob): MatrixNeeds {
  return together(matrixGroups(job).map(({ work }) => needsOf((space) => runProgram(work, job.task.shape, space))));
}

/** What jobs take one after another. */
export function matrixNeeds(jobs: readonly MatrixJob[]): MatrixNeeds {
  return together(jobs.map(jobNeeds));
}

function together(needs: readonly Omit<MatrixNeeds, 'bytes'>[]): MatrixNeeds {
  const most = (of: 'narrow' | 'wide' | 'factored'): number =>
    Math.ceil(Math.max(0, ...needs.map((one) => one[of])) / ALIGNMENT) * ALIGNMENT;
  const [narrow, wide, factored] = [most('narrow'), most('wide'), most('factored')];
  return { narrow, wide, factored, bytes: narrow + wide + 2 * DELTA_STAGING_BYTES };
}

/** Memory for jobs over whole matrices, and what decomposes them. */
export interface MatrixMemory {
  readonly memory: ForwardMemory;
  readonly factors: Factors;
  /** Address of room for two pieces of stored tensors. */
  readonly staging: number;
  workspace(): Workspace;
}

/**
 * Makes memory for jobs. The cpu device has matrices of f32 and what is computed in f64 in one; beside another device, f64 is computed
 * by a cpu device of its own.
 * @throws SwizzleError 'space'
 */
export async function openMatrixMemory(
  device: ForwardDevice,
  { narrow, wide, factored }: MatrixNeeds,
  stack: ResourceStack,
): Promise<MatrixMemory> {
  const isCpu = device.kind === 'cpu';
  const staging = narrow + (isCpu ? wide : 0);
  const bytes = staging + 2 * DELTA_STAGING_BYTES + ALIGNMENT;
  const memory = stack.use(await device.allocate({ bytes, ...NOTHING_ELSE }));
  if (isCpu) return { memory, factors: wideFactors(memory), staging, workspace: () => new Workspace(narrow) };
  const host = stack.use(createCpuForward());
  const step = factored + ALIGNMENT;
  const near = stack.use(await host.allocate({ bytes: wide + 2 * step + ALIGNMENT, ...NOTHING_ELSE }));
  return { memory, factors: remoteFactors(memory, near, wide, step), staging, workspace: () => new Workspace() };
}

const NOTHING_ELSE = { windows: { begin: 0, step: 0, count: 0 }, longest: 0, headSize: 0 };
