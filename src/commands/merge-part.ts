import { mkdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { messageOf, SwizzleError } from '../errors.ts';
import { checkPlaces } from '../run/open/model-places.ts';
import { Merger, openDevices, type Prepared } from '../run/merge/merger.ts';
import { mergeWork } from '../run/merge/merge-work.ts';
import { aboutMerge } from '../run/merge/merge-about.ts';
import { withStoredOptions } from '../run/merge/stored-options.ts';
import { noResults } from '../run/merge/earlier-results.ts';
import type { CheckedRecipe } from '../plan/methods/check.ts';
import { takeLock } from '../run/output/lock.ts';
import type { OutputTarget } from '../run/output/target.ts';
import {
  mergePlace,
  type MergePlace,
  type PartRecord,
  readPartRecords,
  writePartRecord,
} from '../scale/parts/part-record.ts';
import { type Part, partName, partPrefix } from '../plan/part.ts';
import { partOfPlan, shareOfShards } from '../plan/cut-plan.ts';
import { ResourceStack } from '../resource-stack.ts';
import { aboutPrepared, type MergeOptions, type MergeSummary, prepareMerge, type PreparedMerge } from './merge.ts';
import { introducedWarning } from '../run/execute/introduced.ts';

/** A merge of which parts are made or joined: opened and planned as a whole, everywhere alike. */
export interface OpenParts extends AsyncDisposable {
  readonly merger: Merger;
  readonly prepared: Prepared;
  readonly target: OutputTarget;
  readonly place: MergePlace;
}

/** @throws SwizzleError 'usage' for a recipe of several documents; and as `merge` */
export async function openParts(checked: CheckedRecipe, wishes: MergeOptions): Promise<OpenParts> {
  const options = withStoredOptions(checked, wishes);
  if (checked.earlier.length > 0) {
    throw new SwizzleError(
      'usage',
      `${checked.recipe.file}: a recipe of several documents has no parts: merge them one by one`,
    );
  }
  checkPlaces(options.places, checked);
  if (options.gguf !== undefined) {
    throw new SwizzleError('usage', 'a GGUF file is made in one piece, not in parts: merge in parts, then convert');
  }
  const stack = new ResourceStack();
  try {
    const devices = await openDevices(options, stack, mergeWork(checked, 1));
    const merger = stack.use(await Merger.open(checked, devices, options, noResults(options.out)));
    const { prepared, target } = await prepareMerge(merger, checked, options);
    const place = await mergePlace(target, prepared);
    return { merger, prepared, target, place, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

/** The files of one part, as a plan of its own. */
function shareOf({ plan }: Prepared, { index, count }: Part): Prepared['plan'] {
  const sizes = plan.variants[0]?.shards.map(({ size }) => size) ?? [];
  return partOfPlan(plan, ...shareOfShards(sizes, index, count));
}

/** Plans one part, without running it. */
export async function planMergePart(checked: CheckedRecipe, options: MergeOptions, part: Part): Promise<PreparedMerge> {
  await using open = await openParts(checked, options);
  return aboutPrepared(checked, { ...open.prepared, plan: shareOf(open.prepared, part) }, open.merger, open.target);
}

/**
 * Makes one part of a merge: some of the output's files, into a hidden folder beside OUT, where `collectMerge` finds them.
 * Safe to run twice, also at the same time on two machines, and safe to lose.
 * @throws SwizzleError as `merge`
 */
export async function mergePart(checked: CheckedRecipe, options: MergeOptions, part: Part): Promise<MergeSummary> {
  const started = performance.now();
  await using open = await openParts(checked, options);
  const { merger, prepared, target, place } = open;
  const plan = shareOf(prepared, part);
  options.onPlan?.(aboutPrepared(checked, { ...prepared, plan }, merger, target));
  // two machines that run the same part never write to one file; a machine goes on with what it has left itself
  const folder = `${partPrefix(part)}.${hostname().replaceAll(/[^\w.-]/g, '-')}`;
  const name = `part ${partName(part)}`;
  await makeFolder(place.folder);
  // where a scheduler has started it twice on one machine, the later one waits, and finds it done or takes over
  await using _lock = await takeLock(join(place.folder, `.${folder}.lock`), name, Infinity, {
    onWait: (owner) => options.onRemark?.(`${name} is being made by ${owner}; waiting for it`),
    signal: options.signal,
  });
  const before = (await readPartRecords(place.folder)).find(
    (one) => one.part.index === part.index && one.part.count === part.count,
  );
  if (before?.plan === place.plan) {
    options.onRemark?.(`${name} already exists`);
    return summaryOf(checked, options, prepared, [before]);
  }
  const total = plan.bytesRead + plan.bytesWritten;
  let [read, written] = [0, 0];
  const [merge] = prepared.merges;
  if (merge === undefined) throw new SwizzleError('internal', 'a merge without an output');
  const totals = await merger.run(
    {
      ...prepared,
      plan,
      merges: [{ ...merge, out: join(place.folder, folder) }],
      sideFiles: [],
      texts: [],
    },
    {
      force: true,
      resume: 'always',
      onRemark: options.onRemark,
      onChunk: (event) => {
        read += event.read;
        written += event.written;
        options.onChunk?.(event);
        options.onProgress?.({ read, written, total });
      },
    },
  );
  const files = plan.variants.flatMap(({ shards }) => shards.map(({ name, size }) => ({ name, size })));
  const seconds = (performance.now() - started) / 1000;
  const device = merger.devices[0]?.name ?? '';
  const record: PartRecord = { part, plan: place.plan, folder, files, device, seconds, totals };
  await writePartRecord(place.folder, record);
  // what it replaces was of another plan
  if (before !== undefined && before.folder !== folder) {
    await rm(join(place.folder, before.folder), { recursive: true, force: true });
  }
  return summaryOf(checked, options, prepared, [record]);
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    throw new SwizzleError('io', `${path}: ${messageOf(cause)}`, { cause, details: { path } });
  });
}

/** What parts did together. */
export function summaryOf(
  checked: CheckedRecipe,
  { out }: MergeOptions,
  { plan }: Prepared,
  records: readonly PartRecord[],
): MergeSummary {
  const [first] = records;
  const sum = (of: (record: PartRecord) => number): number => records.reduce((total, record) => total + of(record), 0);
  const introduced = records.flatMap(({ totals }) => totals.introduced ?? []);
  const shards = records.flatMap(({ files }) => files.map(({ name }) => name));
  const isWhole = shards.length === plan.variants.flatMap((variant) => variant.shards).length;
  return {
    ...aboutMerge(checked, plan),
    out,
    seconds: sum(({ seconds }) => seconds),
    device: [...new Set(records.map(({ device }) => device))].join(', '),
    tensorCount: plan.tasks.length,
    parameters: plan.parameters,
    shards,
    warnings: [...plan.warnings, ...[introducedWarning(introduced)].filter((warning) => warning !== undefined)],
    introduced,
    bytesRead: sum(({ totals }) => totals.bytesRead),
    bytesWritten: sum(({ totals }) => totals.bytesWritten),
    chunks: sum(({ totals }) => totals.chunks),
    resumed: {
      read: sum(({ totals }) => totals.resumed.read),
      written: sum(({ totals }) => totals.resumed.written),
    },
    counts: {
      nan: sum(({ totals }) => totals.counts.nan),
      infinite: sum(({ totals }) => totals.counts.infinite),
      overflow: sum(({ totals }) => totals.counts.overflow),
    },
    // a tensor is in one file, and so in one part
    tensors: new Map(records.flatMap(({ totals }) => [...totals.tensors])),
    differing: records.flatMap(({ totals }) => totals.differing),
    busyMs: {
      read: sum(({ totals }) => totals.busyMs.read),
      compute: sum(({ totals }) => totals.busyMs.compute),
      write: sum(({ totals }) => totals.busyMs.write),
    },
    ...(isWhole || first === undefined ? {} : { part: { number: first.part.index + 1, of: first.part.count } }),
  };
}
