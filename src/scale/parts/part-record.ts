import * as z from 'zod';
import { randomBytes } from 'node:crypto';
import { readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import { packageVersion } from '../../package.ts';
import { type Part, partPrefix } from '../../plan/part.ts';
import { readText } from '../../regular-file.ts';
import type { RunTotals } from '../../run/execute/tally.ts';
import { fingerprints, hashPlan } from '../../run/journal/fingerprint.ts';
import type { Prepared } from '../../run/merge/merger.ts';
import { partsOf, type Place } from '../../run/output/paths.ts';

/** Where parts of a merge wait for one another, and what they are parts of. */
export interface MergePlace {
  /** A hidden folder beside OUT. */
  readonly folder: string;
  /** A hash of everything that the output's bytes follow from; the inputs by their sizes and headers. */
  readonly plan: string;
}

export async function mergePlace(place: Place, { plan, texts }: Prepared): Promise<MergePlace> {
  const recipes = texts.flat().filter(({ name }) => name.endsWith('.yml'));
  // not by their times: parts may read copies on disks of their own
  const inputs = (await fingerprints(plan.inputs)).map(({ size, head }) => [size, head]);
  const about = [packageVersion(), JSON.stringify(inputs), ...recipes.map(({ text }) => text)];
  return { folder: partsOf(place), plan: hashPlan(plan, about) };
}

/** A part of a merge that is complete. Its file is the part's commit: it appears by a rename, when all else is on the disk. */
export interface PartRecord {
  readonly part: Part;
  /** See `MergePlace`. */
  readonly plan: string;
  /** Name of the folder with the part's files, beside the record. */
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly size: number }[];
  readonly device: string;
  readonly seconds: number;
  readonly totals: RunTotals;
}

const whole = z.number().int().nonnegative();
const counts = z.object({ nan: whole, infinite: whole, overflow: whole });
const moved = z.object({ read: whole, written: whole });

const schema: z.ZodType<PartRecord> = z.object({
  part: z.object({ index: whole, count: whole }),
  plan: z.string(),
  // a name, so that it cannot lead elsewhere
  folder: z.string().regex(/^part-[\w.-]+$/),
  files: z.array(z.object({ name: z.string(), size: whole })),
  device: z.string(),
  seconds: z.number(),
  totals: z.object({
    bytesRead: whole,
    bytesWritten: whole,
    chunks: whole,
    resumed: moved,
    counts,
    tensors: z.array(z.tuple([z.string(), counts])).transform((entries) => new Map(entries)),
    differing: z.array(z.string()),
    introduced: z.array(z.string()).optional(),
    busyMs: z.object({ read: z.number(), compute: z.number(), write: z.number() }),
  }),
});

const NAME = /^part-\d+-of-\d+\.json$/;

/** Puts a part's record in its place, whole. @throws SwizzleError 'io' */
export async function writePartRecord(folder: string, record: PartRecord): Promise<void> {
  const path = join(folder, `${partPrefix(record.part)}.json`);
  const hidden = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    const { totals } = record;
    await writeFile(hidden, JSON.stringify({ ...record, totals: { ...totals, tensors: [...totals.tensors] } }), {
      flush: true,
    });
    await rename(hidden, path);
  } catch (cause) {
    throw new SwizzleError('io', `${path}: ${messageOf(cause)}`, { cause, details: { path } });
  }
}

/** The parts that are complete, in order; none where there is no such folder. @throws SwizzleError 'io' */
export async function readPartRecords(folder: string): Promise<PartRecord[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return [];
    throw new SwizzleError('io', `${folder}: ${messageOf(cause)}`, { cause, details: { folder } });
  });
  const records = await Promise.all(names.filter((name) => NAME.test(name)).map((name) => read(join(folder, name))));
  return records.sort((a, b) => a.part.count - b.part.count || a.part.index - b.part.index);
}

async function read(path: string): Promise<PartRecord> {
  try {
    return schema.parse(JSON.parse(await readText(path)));
  } catch (cause) {
    throw new SwizzleError('io', `${path}: is no record of a part; remove it, and run that part again`, {
      cause,
      details: { path },
    });
  }
}
