import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import { readLocalCheckpoint } from '../../models/checkpoint/files/local.ts';
import { SwizzleError } from '../../errors.ts';
import { Merger, openDevices } from '../../run/merge/merger.ts';
import type { MergerOptions } from '../../run/merge/merger-options.ts';
import type { Merge } from '../../run/merge/merge.ts';
import { planOfSome } from '../../plan/cut-plan.ts';
import { ResourceStack } from '../../resource-stack.ts';
import { permutation } from '../../random.ts';
import { diff } from '../diff.ts';
import { judge, type TensorCheck } from './check-files.ts';

/** What is recomputed, and how. */
export interface SampleWishes extends Pick<
  MergerOptions,
  'allowMissing' | 'allowUnloadable' | 'experts' | 'onOverflow' | 'places' | 'hub' | 'signal'
> {
  /** Most tensors to recompute. */
  readonly tensors: number;
  /** Decides which. */
  readonly seed: number;
  /** What made the output. */
  readonly device: 'cpu' | 'webgpu';
  readonly onProgress?: ((done: { readonly read: number; readonly total: number }) => void) | undefined;
}

export interface SampleCheck {
  readonly seed: number;
  readonly checks: readonly TensorCheck[];
  /** Tensors of the output. */
  readonly of: number;
}

/**
 * Makes a random sample of an output's tensors again, on the reference, and compares them.
 * @param merge what made the output in `merge.out`
 * @throws SwizzleError as a merge
 */
export async function recomputeSample(merge: Merge, wishes: SampleWishes): Promise<SampleCheck> {
  const { allowMissing, allowUnloadable, experts, onOverflow, places, hub, signal, seed } = wishes;
  const folder = await mkdtemp(join(dirname(resolve(merge.out)), '.swizzle-verify-'));
  try {
    await using stack = new ResourceStack();
    const options: MergerOptions = {
      device: 'cpu',
      allowMissing,
      allowUnloadable,
      experts,
      onOverflow,
      places,
      hub,
      signal,
    };
    const devices = await openDevices(options, stack);
    const merger = stack.use(await Merger.open(merge.checked, devices, options));
    const { checked, dtype, seed: masks } = merge;
    const whole = merger.plan([{ checked, dtype, seed: masks }]);
    const names = sampleOf(
      whole.tasks.map(({ name }) => name),
      wishes,
    );
    const plan = planOfSome(whole, names);
    let read = 0;
    const out = join(folder, 'model');
    await merger.run(
      { merges: [{ ...merge, out }], plan, ...merger.settings(plan), sideFiles: [], texts: [] },
      {
        force: false,
        onChunk: (event) => {
          read += event.read;
          wishes.onProgress?.({ read, total: plan.bytesRead });
        },
      },
    );
    const made = await readLocalCheckpoint(merge.out, signal);
    const again = await readLocalCheckpoint(out, signal);
    const { tensors } = await diff(again, some(made, names), 0, signal);
    return { seed, checks: tensors.map((one) => judge(one, wishes.device)), of: whole.tasks.length };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function sampleOf(names: readonly string[], { tensors, seed }: SampleWishes): Set<string> {
  if (names.length <= tensors) return new Set(names);
  return new Set(
    permutation(seed, 'verify', names.length)
      .slice(0, tensors)
      .map((index) => names[index] ?? ''),
  );
}

function some(model: Checkpoint, names: ReadonlySet<string>): Checkpoint {
  const tensors = new Map([...model.tensors].filter(([name]) => names.has(name)));
  if (tensors.size > 0 || names.size === 0) return { ...model, tensors };
  throw new SwizzleError('checkpoint', `${model.label}: has none of the tensors that its recipe makes`);
}
