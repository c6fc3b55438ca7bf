import { availableParallelism } from 'node:os';
import { type AutoChoice, chooseAuto, LINEAR_WORK, type MergeWork } from '../devices/auto.ts';
import type { AdapterInfo } from '../devices/webgpu/adapter-info.ts';

/** What `--device auto` takes for one kind of work. */
export interface AutoExample extends AutoChoice {
  readonly work: string;
}

/** What there is to compute on. */
export interface DeviceList {
  readonly adapters: readonly AdapterInfo[];
  /** The CPU device's name. */
  readonly cpu: string;
  /** Name of what `--device auto` takes for a linear merge of two models. */
  readonly auto: string;
  /** The same for several kinds of work, with reasons. */
  readonly choices: readonly AutoExample[];
  /** Why there is no adapter. */
  readonly note: string | undefined;
}

const EXAMPLES: readonly (readonly [work: string, MergeWork])[] = [
  ['linear merge', LINEAR_WORK],
  // three histograms and the merge itself
  ['ties', { inputs: 3, outputs: 1, passes: 4 }],
  ['sweep of 8', { inputs: 2, outputs: 8, passes: 1 }],
];

/** Lists WebGPU adapters; never throws for want of one. */
export async function listDevices(): Promise<DeviceList> {
  const { listAdapters, noAdapterError } = await import('../devices/webgpu/adapters.ts');
  const adapters = await listAdapters();
  const hardware = adapters.find(({ type }) => type === 'hardware');
  const workers = availableParallelism();
  const cpu = `cpu (${workers} worker${workers === 1 ? '' : 's'})`;
  const choices = EXAMPLES.map(([work, asked]): AutoExample => {
    return { work, ...chooseAuto(asked, workers, hardware !== undefined) };
  });
  // forward/select.ts
  choices.push({ work: 'loss', kind: 'cpu', reason: hardware ? 'not measured on a GPU yet' : 'no hardware GPU' });
  return {
    adapters,
    cpu,
    auto: hardware !== undefined && choices[0]?.kind === 'webgpu' ? `webgpu: ${hardware.name}` : cpu,
    choices,
    note: adapters.length === 0 ? (await noAdapterError(undefined)).message : undefined,
  };
}
