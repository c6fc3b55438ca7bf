import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createOutputFile } from '../../run/execute/sinks.ts';
import { chunkLimits, runChunks } from '../../run/execute/run-chunks.ts';
import { freeBytes } from '../../run/output/paths.ts';
import type { Chunk } from '../../plan/chunks/chunk.ts';
import { operandBytes } from '../../plan/operand.ts';
import { countPasses } from '../../plan/passes/count-passes.ts';
import type { Job } from '../../plan/passes/job.ts';
import { cutChunks } from '../../plan/chunks/cut.ts';
import { ResourceStack } from '../../resource-stack.ts';
import { byteLength } from '../../dtype.ts';
import type { Merger } from '../../run/merge/merger.ts';
import type { Plan } from '../../plan/plan.ts';
import { isThere, VariantMaker } from './variant-maker.ts';
import { choosePassSize, isMadeAfterwards, type SweepOptions } from './run-sweep.ts';
import { openScorer } from '../score/open-scorer.ts';
import type { SweepSpec } from '../file/spec.ts';
import { type Variant, variantsOfSweep } from '../axes/variant.ts';

/** What a sweep would do. */
export interface SweepEstimate {
  readonly variants: readonly Variant[];
  readonly passes: number;
  readonly passSize: number;
  /** Bytes over the whole sweep. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** The most bytes on disk at once, and what is free there. */
  readonly disk: number;
  readonly free: number;
  /** Bytes that all lanes hold. */
  readonly memory: number;
  readonly device: string;
  /** Bytes to be fetched from the Hub. */
  readonly pending: number;
  /** Seconds for merging all variants at the rate of a short probe; scoring is not in it. Undefined before inputs are fetched. */
  readonly seconds: number | undefined;
}

/** Bytes read and written by the probe. */
const PROBE_BYTES = 96 * 1024 * 1024;

/** Plans a sweep and measures a first part of its first pass. Leaves nothing behind. */
export async function estimateSweep(spec: SweepSpec, options: SweepOptions): Promise<SweepEstimate> {
  const variants = variantsOfSweep(spec);
  const [first] = variants;
  if (first === undefined) throw new RangeError('a sweep has variants');
  await using maker = await VariantMaker.open(spec, first, options);
  const { merger } = maker;
  const scorer = await openScorer(spec.score, maker, first);
  const afterwards = isMadeAfterwards(spec) && !scorer?.needsFolder;
  const onDisk = options.noWrite === true && scorer?.needsFolder !== true ? 0 : variants.length;
  const made = afterwards ? Math.min(onDisk, spec.keep) : onDisk;
  const passSize = made === 0 ? 0 : await choosePassSize(spec, options, maker, scorer);
  const one = maker.plan([first]);
  const passes = made === 0 ? Number(afterwards) : Math.ceil(made / passSize) + Number(afterwards);
  const variantBytes = await maker.variantBytes(first);
  const held = Math.min(made, Math.min(spec.keep, made) + (scorer?.concurrency ?? 0) + passSize);
  const bytesRead = passes * one.bytesRead;
  const bytesWritten = made * variantBytes;
  const plan = maker.plan(variants.slice(0, Math.max(1, passSize)));
  const pending = merger.pending()?.bytes ?? 0;
  // nothing is fetched for a probe
  const rate = pending > 0 ? undefined : await probe(plan, merger, options);
  return {
    variants,
    passes,
    passSize,
    bytesRead,
    bytesWritten,
    disk: held * variantBytes,
    free: await freeBytes(options.out),
    memory: merger.settings(plan).memory,
    device: merger.devices[0]?.name ?? '',
    pending,
    seconds: rate && (bytesRead + bytesWritten) / rate,
  };
}

/** Runs the first chunks of a plan into a folder beside the sweep's. @returns bytes read and written a second */
async function probe(plan: Plan, merger: Merger, { out, signal }: SweepOptions): Promise<number> {
  const settings = merger.settings(plan);
  const chunks: Chunk[] = [];
  let bytes = 0;
  for (const chunk of cutChunks(plan.spans, settings.chunkBytes, chunkLimits(merger.devices))) {
    chunks.push(chunk);
    for (const { dtype } of [...chunk.inputs, ...chunk.outputs]) bytes += byteLength(dtype, chunk.elements);
    if (bytes >= PROBE_BYTES) break;
  }
  const jobs: Job[] = [];
  for (const job of plan.jobs) {
    if (bytes >= PROBE_BYTES) break;
    jobs.push(job);
    bytes += jobBytes(job);
  }
  const folder = await mkdtemp(join(await existing(dirname(resolve(out))), '.swizzle-probe-'));
  try {
    await using stack = new ResourceStack();
    const inputs = [];
    for (const file of plan.inputs) inputs.push(stack.use(await merger.openSource(file)));
    const outputs = [];
    for (const [index, { size }] of plan.variants.flatMap(({ shards }) => shards).entries()) {
      outputs.push(stack.use(await createOutputFile(join(folder, `${index}`), size)));
    }
    const started = performance.now();
    await runChunks(
      { spans: chunks, jobs },
      {
        ...settings,
        devices: merger.devices,
        files: { inputs, outputs },
        stopOnOverflow: false,
        signal,
      },
    );
    return bytes / Math.max(1e-3, (performance.now() - started) / 1000);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Bytes that a job moves, all passes together. */
function jobBytes({ task }: Job): number {
  const written = task.outputs.reduce((sum, { dtype }) => sum + byteLength(dtype, task.elements), 0);
  return countPasses(task) * operandBytes(task.inputs) + written;
}

/** The nearest folder above that is there. */
async function existing(folder: string): Promise<string> {
  return (await isThere(folder)) || dirname(folder) === folder ? folder : existing(dirname(folder));
}
