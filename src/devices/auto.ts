/** What a merge asks of a device, as far as its speed depends on it. */
export interface MergeWork {
  /** Models that are read. */
  readonly inputs: number;
  readonly outputs: number;
  /** How often each input is needed; a GPU reads it once. */
  readonly passes: number;
}

/** A weighted sum of two models. */
export const LINEAR_WORK: MergeWork = { inputs: 2, outputs: 1, passes: 1 };

/**
 * CPU seconds per GiB. On the cpu device, from docs/HARDWARE.md (Intel Xeon, 16 threads, models of 1 GiB): reading for a sum, each further
 * pass of a method with statistics, and each output. On a GPU the host reads and uploads every input once and writes every output: from
 * `npm run bench -- --case host`. What the GPU itself takes is not in it: a thousandth of a merge.
 */
const CPU_SECONDS = { read: 0.45, pass: 0.97, output: 1.6 };
const HOST_SECONDS = 0.9;

/** Most threads that feed a GPU. */
const GPU_THREADS = 8;

/** A GPU must be expected to take less than this share of the cpu device's time: starting it takes up to half a second. */
const WORTH = 0.7;

/** What `--device auto` takes, and why. */
export interface AutoChoice {
  readonly kind: 'cpu' | 'webgpu';
  readonly reason: string;
}

/**
 * Picks what is faster for a merge on this machine.
 * @param threads of this machine
 * @param hasGpu whether there is a hardware GPU; software adapters are never faster than the cpu device
 */
export function chooseAuto({ inputs, outputs, passes }: MergeWork, threads: number, hasGpu: boolean): AutoChoice {
  if (!hasGpu) return { kind: 'cpu', reason: 'no hardware GPU' };
  const { read, pass, output } = CPU_SECONDS;
  const cpu = (inputs * (read + (passes - 1) * pass) + outputs * output) / threads;
  const gpu = ((inputs + outputs) * HOST_SECONDS) / Math.min(threads, GPU_THREADS);
  const share = `expected to take ${Math.round((100 * gpu) / cpu)} % of the CPU's time with ${threads} threads`;
  return { kind: gpu < WORTH * cpu ? 'webgpu' : 'cpu', reason: `GPU ${share}` };
}
