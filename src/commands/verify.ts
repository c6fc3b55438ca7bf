import { join } from 'node:path';
import { readLocalCheckpoint } from '../models/checkpoint/files/local.ts';
import { SwizzleError } from '../errors.ts';
import type { HubOptions } from '../models/hub/hub-models.ts';
import { loadRecipe } from '../run/open/load-recipe.ts';
import { checkPlaces } from '../run/open/model-places.ts';
import type { CheckedRecipe } from '../plan/methods/check.ts';
import { type Manifest, readManifest } from '../run/output/manifest.ts';
import { checkFiles, type FileCheck } from './verify/check-files.ts';
import { recomputeSample, type SampleCheck } from './verify/recompute.ts';

export interface VerifyOptions {
  /** Most tensors to recompute; 0: only files are checked. */
  readonly sample: number;
  /** Decides which tensors. */
  readonly seed: number;
  /** The module that a merge method of one's own came from. */
  readonly method?: string | undefined;
  /** Where models of its recipe are, by the names that it gives them. */
  readonly places?: ReadonlyMap<string, string> | undefined;
  readonly hub?: HubOptions | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?:
    | ((progress: { readonly doing: string; readonly read: number; readonly total: number }) => void)
    | undefined;
}

/** What was found of an output folder. */
export interface Verification {
  readonly folder: string;
  /** The swizzle that made it. */
  readonly madeBy: string;
  readonly files: FileCheck;
  /** Tensors that damaged bytes belong to. */
  readonly damaged: readonly string[];
  readonly sample?: SampleCheck | undefined;
  /** Why nothing was recomputed. */
  readonly notRecomputed?: string | undefined;
  /** Tensors in which the merge made NaN or infinity: the files are as written, and the model is likely of no use. */
  readonly introduced: readonly string[];
  readonly isGood: boolean;
}

/**
 * Checks an output folder: its files against the checksums that were taken when they were written, and a random sample of its
 * tensors against what the recipe in it gives on the reference, the CPU device.
 * @throws SwizzleError 'usage' for a folder without a manifest, or places of unknown models; the signal's reason when aborted
 */
export async function verify(folder: string, options: VerifyOptions): Promise<Verification> {
  const manifest = await readManifest(folder);
  if (manifest === undefined) {
    throw new SwizzleError(
      'usage',
      `${folder}: has no readable swizzle_manifest.json; only a folder written by swizzle can be verified`,
    );
  }
  const { signal, onProgress } = options;
  const checked = manifest.made?.kind !== undefined ? undefined : await recipeIn(folder, options);
  const total = [...manifest.files.values()].reduce(
    (sum, { bytes, sums }) => sum + (sums === undefined ? 0 : bytes),
    0,
  );
  const files = await checkFiles(folder, manifest, signal, (read) => onProgress?.({ doing: 'reading', read, total }));
  const damaged = await damagedTensors(folder, files);
  const { sample, notRecomputed } = await recomputed(folder, manifest, files, checked, options);
  const introduced = manifest.made?.introduced ?? [];
  const isComplete = files.problems.length === 0 && files.unchecked.length === 0;
  const isGood = isComplete && (sample?.checks.every((check) => check.isGood) ?? true);
  return { folder, madeBy: manifest.version, files, damaged, sample, notRecomputed, introduced, isGood };
}

async function damagedTensors(folder: string, { problems }: FileCheck): Promise<string[]> {
  const wanted = problems.filter(({ ranges }) => ranges !== undefined);
  if (wanted.length === 0) return [];
  const model = await readLocalCheckpoint(folder).catch(() => undefined);
  const found: string[] = [];
  for (const [name, { file, begin, end }] of model?.tensors ?? []) {
    const path = model?.shards[file]?.path;
    const own = wanted.find(({ file }) => join(folder, file) === path);
    if (own?.ranges?.some(([from, to]) => from < end && begin < to) === true) found.push(name);
  }
  return found;
}

/** The recipe beside the weights, or why it cannot be used. @throws SwizzleError 'usage' where the user's words do not fit it */
async function recipeIn(folder: string, { method, places }: VerifyOptions): Promise<CheckedRecipe | SwizzleError> {
  try {
    // code that a recipe names is not run by a check
    const checked = await loadRecipe(join(folder, 'swizzle_recipe.yml'), folder, method ?? false);
    checkPlaces(places, checked);
    return checked;
  } catch (error) {
    if (error instanceof SwizzleError && isAboutInputs(error)) return error;
    throw error;
  }
}

function isAboutInputs({ code }: SwizzleError): boolean {
  return code === 'recipe' || code === 'checkpoint' || code === 'hub';
}

async function recomputed(
  folder: string,
  { made }: Manifest,
  files: FileCheck,
  checked: CheckedRecipe | SwizzleError | undefined,
  { sample, seed, places, hub, signal, onProgress }: VerifyOptions,
): Promise<{ sample?: SampleCheck; notRecomputed?: string }> {
  if (sample === 0) return {};
  if (made?.kind === 'moe') return { notRecomputed: 'it is a mixture of experts made by moe' };
  if (made?.kind === 'adapter' || checked === undefined)
    return { notRecomputed: 'it is a LoRA adapter made by extract' };
  if (made === undefined) return { notRecomputed: 'it was made by a version that did not note how' };
  if (made.format === 'gguf') return { notRecomputed: 'it is a GGUF file: what is in it has another form' };
  if (files.problems.some(({ ranges }) => ranges === undefined)) return { notRecomputed: 'files are not as they were' };
  if (checked instanceof SwizzleError) return { notRecomputed: checked.message };
  if (checked.earlier.length > 0) return { notRecomputed: 'its recipe has several documents' };
  try {
    const wishes = {
      ...made,
      tensors: sample,
      seed,
      places,
      hub,
      signal,
      onProgress: ({ read, total }: { read: number; total: number }) =>
        onProgress?.({ doing: 'recomputing', read, total }),
    };
    return { sample: await recomputeSample({ checked, out: folder }, wishes) };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof SwizzleError && isAboutInputs(error)) return { notRecomputed: error.message };
    throw error;
  }
}
