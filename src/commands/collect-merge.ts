import { copyFile, link, mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { messageOf, SwizzleError } from '../errors.ts';
import { Checksummer } from '../devices/checksum.ts';
import { writeSideFiles } from '../run/execute/side-files.ts';
import { sumsBelow } from '../run/execute/written-sums.ts';
import type { CheckedRecipe } from '../plan/methods/check.ts';
import { type MadeHow, readManifest } from '../run/output/manifest.ts';
import { beginOutput } from '../run/output/output-directory.ts';
import { partList, partName } from '../plan/part.ts';
import { type PartRecord, readPartRecords } from '../scale/parts/part-record.ts';
import { type OpenParts, openParts, summaryOf } from './merge-part.ts';
import type { MergeOptions, MergeSummary } from './merge.ts';

/**
 * Joins the parts of a merge: checks that all are there and of this plan, adds what lies beside the weights, and puts the folder
 * in its place. The parts go when it is there.
 * @throws SwizzleError 'usage' that lists what is missing or of another plan; 'io'
 */
export async function collectMerge(checked: CheckedRecipe, options: MergeOptions): Promise<MergeSummary> {
  const started = performance.now();
  await using open = await openParts(checked, options);
  const records = await completeParts(open, options.out);
  const { merger, prepared, place } = open;
  const { signal } = options;
  await using directory = await beginOutput(options.out, {
    force: options.force ?? false,
    inputs: merger.inputs,
    onRemark: options.onRemark,
  });
  const { model } = await directory.open();
  const sums = new Map<string, string>();
  let made: MadeHow | undefined;
  for (const { folder, files } of records) {
    const manifest = await readManifest(join(place.folder, folder));
    made = manifest?.made?.device === 'webgpu' ? manifest.made : (made ?? manifest?.made);
    for (const { name, size } of files) {
      signal?.throwIfAborted();
      await takeFile(join(place.folder, folder, name), join(model, name), size);
      const own = manifest?.files.get(name)?.sums;
      if (own !== undefined) sums.set(name, own);
    }
  }
  const [variant] = prepared.plan.variants;
  if (variant !== undefined) await writeSideFiles(model, variant, prepared.sideFiles, prepared.texts[0] ?? []);
  signal?.throwIfAborted();
  const introduced = records.flatMap(({ totals }) => totals.introduced ?? []);
  if (made !== undefined && introduced.length > 0) made = { ...made, introduced };
  await directory.publish({ made, sums: await sumsBelow(model, sums, await Checksummer.open(), signal) });
  await rm(place.folder, { recursive: true, force: true });
  const summary = summaryOf(checked, options, prepared, records);
  // of all machines together: bytes and seconds are of the same work
  return { ...summary, seconds: summary.seconds + (performance.now() - started) / 1000 };
}

/** @throws SwizzleError 'usage' */
async function completeParts({ place, prepared }: OpenParts, out: string): Promise<PartRecord[]> {
  const all = await readPartRecords(place.folder);
  const own = all.filter(({ plan }) => plan === place.plan);
  const counts = [...new Set(own.map(({ part }) => part.count))];
  const lacking = counts.map((count) => {
    const there = new Set(own.filter(({ part }) => part.count === count).map(({ part }) => part.index));
    return { count, missing: Array.from({ length: count }, (_, index) => index).filter((index) => !there.has(index)) };
  });
  const [best] = lacking.sort((a, b) => a.missing.length / a.count - b.missing.length / b.count);
  const others = all.filter(({ plan }) => plan !== place.plan).map(({ part }) => partName(part));
  const strange =
    others.length === 0
      ? ''
      : `; of another recipe, other options, models or version: part ${others.slice(0, 5).join(', part ')}${others.length > 5 ? ', …' : ''}, run again`;
  if (best === undefined) {
    throw new SwizzleError('usage', `${out}: no part of this merge is there yet (in ${place.folder})${strange}`, {
      details: { path: out },
    });
  }
  if (best.missing.length > 0) {
    const what = best.missing.length === 1 ? 'part' : 'parts';
    throw new SwizzleError(
      'usage',
      `${out}: ${what} ${partList(best.missing, best.count)} ${best.missing.length === 1 ? 'is' : 'are'} missing${strange}`,
      {
        details: { missing: best.missing.map((index) => index + 1), of: best.count },
      },
    );
  }
  const records = own.filter(({ part }) => part.count === best.count);
  const names = new Set(records.flatMap(({ files }) => files.map(({ name }) => name)));
  const lost = prepared.plan.variants.flatMap(({ shards }) => shards).find(({ name }) => !names.has(name));
  if (lost !== undefined) throw new SwizzleError('internal', `${lost.name}: is in no part`);
  return records;
}

/** A second name for the file, so that nothing is lost when this is stopped; a copy where the file system has none. */
async function takeFile(from: string, to: string, size: number): Promise<void> {
  try {
    const found = await stat(from);
    if (!found.isFile()) throw new Error('is not a file');
    if (found.size !== size) throw new Error(`expected ${size} bytes, found ${found.size}`);
    await mkdir(dirname(to), { recursive: true });
    await link(from, to).catch(() => copyFile(from, to));
  } catch (cause) {
    throw new SwizzleError('io', `${from}: ${messageOf(cause)}; run that part again`, {
      cause,
      details: { path: from },
    });
  }
}
