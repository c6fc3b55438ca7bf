import type { CocktailWeights } from '../../commands/cocktail.ts';
import type { MergeSummary, PreparedMerge } from '../../commands/merge.ts';

/** Changes when a key changes its name or meaning; new keys may come without. docs/JSON.md describes all of them. */
export const MERGE_SCHEMA = 'swizzle/merge/1';

/** Keys that a command adds to the JSON of its plan and its summary. */
export interface MoreJson {
  readonly json?: object;
}

/** What `--dry-run --json` prints: the same keys as afterwards, as far as they are known before. */
export function planJson(
  { about, plan, device, lanes, chunkBytes, residentBytes, memory, sideFiles, json }: PreparedMerge & MoreJson,
  out: string,
): object {
  const shards = plan.variants.flatMap((variant) => variant.shards);
  const { tensorBytes, ...words } = about;
  return {
    schema: MERGE_SCHEMA,
    out,
    ...words,
    tensorCount: plan.tasks.length,
    parameters: plan.parameters,
    device,
    bytesRead: plan.bytesRead,
    bytesWritten: tensorBytes,
    shards: shards.map(({ name }) => name),
    warnings: plan.warnings,
    ...json,
    plan: {
      lanes,
      chunkBytes,
      residentBytes,
      memoryBytes: memory,
      diskBytes: [...shards, ...sideFiles].reduce((sum, { size }) => sum + size, 0),
      spans: plan.spans.length,
      inputs: plan.inputs.map(({ path, size }) => ({ path, size })),
      tensors: plan.tasks.map(({ name, shape, kernel, inputs, outputs }) => {
        return { name, shape, kernel, inputs: inputs.map(({ dtype }) => dtype), outputs };
      }),
    },
  };
}

/** What `--json` prints after a merge. */
export function summaryJson(
  summary: MergeSummary & MoreJson & Partial<CocktailWeights> & { readonly pushed?: object },
): object {
  const { out, method, dtype, models, tensorCount, parameters, device, bytesRead, bytesWritten, shards } = summary;
  const { losses, weights, temperature } = summary;
  const {
    warnings,
    seconds,
    chunks,
    busyMs,
    counts,
    tensors,
    differing,
    pushed,
    part,
    introduced = [],
    json,
  } = summary;
  return {
    schema: MERGE_SCHEMA,
    out,
    method,
    dtype,
    models,
    tensorCount,
    parameters,
    device,
    bytesRead,
    bytesWritten,
    shards,
    warnings,
    seconds,
    chunks,
    busyMs,
    counts,
    countsByTensor: [...tensors].map(([name, own]) => ({ name, ...own })),
    differing,
    ...(losses === undefined ? {} : { temperature, weights, losses: losses.models }),
    introduced,
    ...json,
    ...(part === undefined ? {} : { part }),
    ...(pushed === undefined ? {} : { pushed }),
  };
}
