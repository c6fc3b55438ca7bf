import * as checking from '../commands/verify.ts';
import type { Verification, VerifyOptions } from '../commands/verify.ts';
import { checkOptions, checkValue, type OptionKinds } from '../options/check.ts';
import { callback, text } from '../options/kinds.ts';
import { REACHING, VERIFYING } from '../options/options.ts';
import { MAKING } from './option-kinds.ts';

const KINDS: OptionKinds<VerifyOptions> = {
  ...VERIFYING,
  ...REACHING,
  method: text('the path of a JavaScript module'),
  places: MAKING.places,
  onProgress: callback(),
};

/** Tensors that are made again where the caller does not say how many. */
const SAMPLE = 32;

/**
 * Checks an output folder: its files against the checksums that were taken when they were written, and a random sample of its
 * tensors against what the recipe in it gives on the reference, the CPU device.
 * @param options by default 32 tensors, others every time
 * @throws SwizzleError 'usage' for a folder without a manifest, or places of unknown models; the signal's reason when aborted
 */
export async function verify(folder: string, options: Partial<VerifyOptions> = {}): Promise<Verification> {
  checkValue('verify', 'folder', text('the output folder of a command'), folder);
  const { sample, seed, ...own } = checkOptions('verify', KINDS, options);
  return checking.verify(folder, {
    ...own,
    sample: sample ?? SAMPLE,
    seed: seed ?? Math.floor(Math.random() * 1e6),
  });
}
