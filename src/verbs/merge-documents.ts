import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { settleForm } from '../checkpoint/forms/settle-form.ts';
import { readLocalCheckpoint } from '../checkpoint/files/local.ts';
import type { CheckedRecipe } from '../methods/check.ts';
import type { MergeOptions, MergeSummary, PreparedMerge } from './merge.ts';
import type { Results } from '../making/results.ts';
import { plannedCheckpoint } from '../making/planned-checkpoint.ts';

type Run<Outcome> = (checked: CheckedRecipe, options: MergeOptions, results: Results) => Promise<Outcome>;

/** Plans a chained recipe: later documents by what earlier ones will leave. Nothing is written. */
export async function planDocuments(
  checked: CheckedRecipe,
  options: MergeOptions,
  plan: Run<PreparedMerge>,
): Promise<PreparedMerge> {
  const models = new Map<string, Checkpoint>();
  const results: Results = { models, pins: new Map(), contents: new Map(), out: options.out };
  const notes: string[] = [];
  for (const document of checked.earlier) {
    const name = document.recipe.name ?? '';
    const prepared = await plan(document, { ...options, dtype: undefined, gguf: undefined }, results);
    models.set(name, plannedCheckpoint(prepared.plan, name));
    const kept = options.keepIntermediate === undefined ? `beside ${options.out}, removed at the end` : 'and kept';
    notes.push(`document ${name}: ${prepared.plan.bytesWritten} bytes are written ${kept}`, ...prepared.plan.warnings);
  }
  const last = await plan(checked, options, results);
  return { ...last, plan: { ...last.plan, warnings: [...notes, ...last.plan.warnings] } };
}

/**
 * Merges the documents of a chained recipe one after another. Results of earlier ones are kept in a folder beside the output,
 * which goes at the end however that comes, or in the folder that the user asked for.
 */
export async function mergeDocuments(
  checked: CheckedRecipe,
  options: MergeOptions,
  run: Run<MergeSummary>,
): Promise<MergeSummary> {
  const { keepIntermediate } = options;
  const parent = dirname(resolve(options.out));
  await mkdir(parent, { recursive: true });
  const folder = keepIntermediate ?? (await mkdtemp(`${resolve(options.out)}.intermediate-`));
  try {
    const models = new Map<string, Checkpoint>();
    const results: Results = { models, pins: new Map(), contents: new Map(), out: options.out };
    const summaries: MergeSummary[] = [];
    for (const document of checked.earlier) {
      const name = document.recipe.name ?? '';
      const out = join(folder, name);
      summaries.push(
        await run(document, { ...options, out, dtype: undefined, gguf: undefined, onPlan: undefined }, results),
      );
      models.set(name, { ...settleForm(await readLocalCheckpoint(out, options.signal)), label: name });
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
      warnings: [...new Set([...summaries.flatMap(({ warnings }) => warnings), ...last.warnings])],
    };
  } finally {
    if (keepIntermediate === undefined) await rm(folder, { recursive: true, force: true });
  }
}
