import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { settleForm } from '../models/checkpoint/forms/settle-form.ts';
import { readLocalCheckpoint } from '../models/checkpoint/files/local.ts';
import { SwizzleError } from '../errors.ts';
import { noResults, passingCheckpoint, plannedCheckpoint, type Results } from '../run/merge/earlier-results.ts';
import type { CheckedRecipe } from '../plan/methods/check.ts';
import type { MergeOptions, MergeSummary, PreparedMerge } from './merge.ts';

type Run<Outcome> = (checked: CheckedRecipe, options: MergeOptions, results: Results) => Promise<Outcome>;

/** What the documents of a chained recipe will do. */
interface PlannedDocuments {
  readonly last: PreparedMerge;
  /** Of earlier documents, for the user. */
  readonly notes: readonly string[];
  /** Names of documents whose results are not written: they are computed while they are read. */
  readonly passing: ReadonlySet<string>;
}

/** Plans a chained recipe: later documents by what earlier ones will leave. Nothing is written. */
export async function planDocuments(
  checked: CheckedRecipe,
  options: MergeOptions,
  plan: Run<PreparedMerge>,
): Promise<PreparedMerge> {
  const { last, notes } = await planAll(checked, options, plan);
  return { ...last, plan: { ...last.plan, warnings: [...notes, ...last.plan.warnings] } };
}

/**
 * Merges the documents of a chained recipe one after another. Results of earlier ones are computed in passing where they are weighted
 * sums; others are kept in a folder beside the output, which goes at the end however that comes, or in the one that the user asked for.
 */
export async function mergeDocuments(
  checked: CheckedRecipe,
  options: MergeOptions,
  plan: Run<PreparedMerge>,
  run: Run<MergeSummary>,
): Promise<MergeSummary> {
  // what can be wrong with later documents is found before the first is made
  const { passing } = await planAll(checked, { ...options, hashInputs: false }, plan);
  const { keepIntermediate } = options;
  let folder = keepIntermediate;
  try {
    const results = noResults(options.out);
    const summaries: MergeSummary[] = [];
    for (const document of checked.earlier) {
      const { name = '' } = document.recipe;
      const own = optionsOf(options);
      const planned = passing.has(name) ? (await plan(document, own, results)).plan : undefined;
      const inPassing = planned && passingCheckpoint(planned, name, overflowOf(options));
      if (inPassing !== undefined) {
        results.models.set(name, inPassing);
        continue;
      }
      folder ??= await besideOutput(options);
      const out = join(folder, name);
      summaries.push(await run(document, { ...own, out, onPlan: undefined }, results));
      results.models.set(name, { ...settleForm(await readLocalCheckpoint(out, options.signal)), label: name });
    }
    const last = await run(checked, options, results);
    const sum = (of: (summary: MergeSummary) => number): number =>
      [...summaries, last].reduce((total, one) => total + of(one), 0);
    return {
      ...last,
      seconds: sum(({ seconds }) => seconds),
      bytesRead: sum(({ bytesRead }) => bytesRead),
      bytesWritten: sum(({ bytesWritten }) => bytesWritten),
      chunks: sum(({ chunks }) => chunks),
      introduced: [...new Set([...summaries, last].flatMap(({ introduced = [] }) => introduced))],
      warnings: [...new Set([...summaries.flatMap(({ warnings }) => warnings), ...last.warnings])],
    };
  } finally {
    if (folder !== undefined && keepIntermediate === undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** Plans all documents; those that later ones cannot use while they are computed are written after all. */
async function planAll(
  checked: CheckedRecipe,
  options: MergeOptions,
  plan: Run<PreparedMerge>,
): Promise<PlannedDocuments> {
  try {
    return await planOnce(checked, options, plan, true);
  } catch (error) {
    // rows of what is computed in passing cannot be moved or cropped, nor its experts be taken apart
    if (!(error instanceof SwizzleError) || error.code !== 'mismatch') throw error;
    return planOnce(checked, options, plan, false);
  }
}

async function planOnce(
  checked: CheckedRecipe,
  options: MergeOptions,
  plan: Run<PreparedMerge>,
  mayPass: boolean,
): Promise<PlannedDocuments> {
  const results = noResults(options.out);
  const notes: string[] = [];
  const passing = new Set<string>();
  for (const document of checked.earlier) {
    const { name = '' } = document.recipe;
    const { plan: planned } = await plan(document, optionsOf(options), results);
    const inPassing = mayPass && mayBePassed(document, options);
    const model = inPassing ? passingCheckpoint(planned, name, overflowOf(options)) : undefined;
    results.models.set(name, model ?? plannedCheckpoint(planned, name));
    const kept = options.keepIntermediate === undefined ? `beside ${options.out}, removed at the end` : 'and kept';
    const what = model === undefined ? `${planned.bytesWritten} bytes are written ${kept}` : 'computed in passing';
    notes.push(`document ${name}: ${what}`, ...planned.warnings);
    if (model !== undefined) passing.add(name);
  }
  return { last: await plan(checked, options, results), notes, passing };
}

/** Whether nothing but weights would be lost if a document's result were not written. */
function mayBePassed({ recipe }: CheckedRecipe, { keepIntermediate, onOverflow }: MergeOptions): boolean {
  const { tokenizer, tokenizerSource, chatTemplate } = recipe;
  const isPlain = [tokenizer, tokenizerSource, chatTemplate, keepIntermediate].every((one) => one === undefined);
  return isPlain && onOverflow !== 'error';
}

function optionsOf(options: MergeOptions): MergeOptions {
  return { ...options, dtype: undefined, format: 'safetensors', gguf: undefined };
}

function overflowOf({ onOverflow }: MergeOptions): 'inf' | 'saturate' {
  return onOverflow === 'saturate' ? 'saturate' : 'inf';
}

async function besideOutput({ out }: MergeOptions): Promise<string> {
  await mkdir(dirname(resolve(out)), { recursive: true });
  return mkdtemp(`${resolve(out)}.intermediate-`);
}
