import type { SideFile } from '../../models/checkpoint/files/side-files.ts';
import type { Checksummer } from '../../devices/checksum.ts';
import type { OpenSource } from '../../elements/byte-source.ts';
import type { ForwardDevice } from '../../matrix/device.ts';
import { SwizzleError, systemCode } from '../../errors.ts';
import { recordOf } from '../journal/record.ts';
import type { InputFile } from '../../models/models.ts';
import type { Plan, PlanVariant } from '../../plan/plan.ts';
import { freeBytes } from '../output/paths.ts';
import { beginOutput, type OutputDirectory, type OutputWishes } from '../output/output-directory.ts';
import type { MadeHow } from '../output/manifest.ts';
import { bytesBelow } from '../output/workspace.ts';
import { ResourceStack } from '../../resource-stack.ts';
import { checkInputs, watchInputs, type WatchedInput } from './input-watch.ts';
import { Flusher } from './flusher.ts';
import { type OpenRun, openRun, outputPaths, type ResumeOptions, tellKept } from './resume.ts';
import { type LaneSettings, runChunks } from './run-chunks.ts';
import type { ChunkEvent } from './profile.ts';
import { openOutputFile, type OutputFile } from './sinks.ts';
import type { RunTotals } from './tally.ts';
import { writeSideFiles } from './side-files.ts';
import { sumsBelow, summedText, WrittenSums } from './written-sums.ts';
import { introducedIn } from './introduced.ts';

export interface ExecuteOptions extends LaneSettings, OutputWishes, ResumeOptions {
  /** One folder a variant. */
  readonly out: readonly string[];
  /** Opens an input file of the plan. */
  readonly open: (file: InputFile) => Promise<OpenSource>;
  /** Copied into every output folder, unless the plan writes a file of that name. */
  readonly sideFiles: readonly SideFile[];
  readonly stopOnOverflow: boolean;
  /** Whether the CPU goes on where a GPU is lost for good. */
  readonly fallback?: boolean | undefined;
  /** What the manifests of the outputs say of how they were made. */
  readonly made?: MadeHow | undefined;
  readonly onChunk?: ((event: ChunkEvent) => void) | undefined;
  /** Opens what matrices are computed with; undefined: the CPU. */
  readonly openMatrices?: (() => Promise<ForwardDevice>) | undefined;
}

/**
 * Runs a plan: reads, computes, writes, and puts the folders in place when all of them are complete.
 * @throws SwizzleError 'space', 'io', 'device', 'overflow'; the signal's reason when aborted. What a later run can
 * go on with is left behind then, in a hidden folder beside OUT.
 */
export async function executePlan(plan: Plan, options: ExecuteOptions): Promise<RunTotals> {
  await using stack = new ResourceStack();
  const directories: OutputDirectory[] = [];
  for (const out of options.out) directories.push(stack.use(await beginOutput(out, options)));
  const run = stack.use(await openRun(plan, directories, options));
  let watched: readonly WatchedInput[] = [];
  try {
    await checkSpace(plan, options, run);
    watched = await watchInputs(plan.inputs);
    const sums = new WrittenSums();
    const totals = await writeWeights(plan, run, options, sums);
    for (const [index, variant] of plan.variants.entries()) {
      const folder = run.workspaces[index]?.model;
      if (folder) await writeSideFiles(folder, variant, options.sideFiles, options.texts?.[index] ?? [], options.calls);
    }
    options.signal?.throwIfAborted();
    await checkInputs(watched);
    const paths = outputPaths(plan, run.workspaces);
    for (const [index, directory] of directories.entries()) {
      await directory.publish({
        made: options.made && { ...options.made, introduced: totals.introduced },
        sums: await sumsBelow(
          run.workspaces[index]?.model ?? '',
          await sumsOf(plan.variants[index], sums, { paths, summer: run.summer }, options.signal),
          run.summer,
          options.signal,
        ),
      });
    }
    return totals;
  } catch (error) {
    // the journal goes with the first folder that gets its name
    const isBegun = directories.some(({ isInPlace }) => isInPlace);
    if (!isBegun && isWorthKeeping(error, run, options.signal) && (await areUnchanged(watched))) {
      for (const directory of directories) directory.keep();
      tellKept(plan, run, options.onRemark);
    }
    throw await withMissing(error, plan, options);
  }
}

/** Whether what was written is of the inputs that are still there. */
function areUnchanged(watched: readonly WatchedInput[]): Promise<boolean> {
  return checkInputs(watched).then(
    () => true,
    () => false,
  );
}

/** Whether the same run may come to another end: not where the inputs have changed or the user's wishes cannot be met. */
function isWorthKeeping(error: unknown, { journal }: OpenRun, signal: AbortSignal | undefined): boolean {
  if (journal.records === 0) return false;
  if (signal?.aborted === true) return true;
  if (!(error instanceof SwizzleError) || error.details['inputChanged'] === true) return false;
  return error.code === 'io' || error.code === 'space' || error.code === 'device';
}

/** Adds to an error of a full disk how much is missing. */
async function withMissing(error: unknown, { bytesWritten }: Plan, { out }: ExecuteOptions): Promise<unknown> {
  if (!(error instanceof SwizzleError) || systemCode(error.cause) !== 'ENOSPC') return error;
  const free = await freeBytes(out[0] ?? '.').catch(() => 0);
  const message = `${error.message}; the output takes ${bytesWritten} bytes in all, ${free} are free`;
  return new SwizzleError('space', message, { cause: error, details: { ...error.details, free } });
}

async function checkSpace(plan: Plan, { out, sideFiles }: ExecuteOptions, { workspaces }: OpenRun): Promise<void> {
  const side = sideFiles.reduce((sum, { size }) => sum + size, 0) * out.length;
  let held = 0;
  for (const { model } of workspaces) held += await bytesBelow(model);
  const needed = plan.bytesWritten + side - held;
  const free = await freeBytes(out[0] ?? '.');
  if (free < needed) {
    throw new SwizzleError('space', `${out[0]}: needs ${needed} bytes, only ${free} are free on that disk`, {
      details: { needed, free },
    });
  }
}

/** Checksums of an output's weights, by the files' names. */
async function sumsOf(
  variant: PlanVariant | undefined,
  sums: WrittenSums,
  { paths, summer }: { readonly paths: readonly string[]; readonly summer: Checksummer },
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const [index, { name, size }] of variant?.shards.entries() ?? []) {
    const file = (variant?.firstFile ?? 0) + index;
    // what an earlier run cut otherwise overlaps: then what is in the file is read
    found.set(name, sums.textOf(file, size) ?? (await summedText(paths[file] ?? '', summer, signal)));
  }
  return found;
}

async function writeWeights(plan: Plan, run: OpenRun, options: ExecuteOptions, sums: WrittenSums): Promise<RunTotals> {
  await using stack = new ResourceStack();
  const inputs: OpenSource[] = [];
  for (const file of plan.inputs) inputs.push(stack.use(await options.open(file)));
  const outputs: OutputFile[] = [];
  const paths = outputPaths(plan, run.workspaces);
  for (const { size, header, holes = [] } of plan.variants.flatMap(({ shards }) => shards)) {
    const path = paths[outputs.length] ?? '';
    const output = stack.use(await openOutputFile(path, size, options.calls));
    sums.add(outputs.length, 0, run.summer.piecesOf(header));
    for (const { begin, end } of holes) {
      sums.add(outputs.length, begin, run.summer.piecesOf(new Uint8Array(end - begin)));
    }
    outputs.push(output);
    await output.write(header, 0);
  }
  for (const { ranges } of run.records) for (const { file, begin, pieces } of ranges) sums.add(file, begin, pieces);
  const flusher = new Flusher(outputs);
  const totals = await runChunks(plan, {
    ...options,
    files: { inputs, outputs, summer: run.summer },
    finished: run,
    onWritten: (chunk, report, moved) => {
      flusher.wrote(chunk);
      sums.addChunk(chunk.outputs, report.pieces);
      if (chunk.outputs.length > 0) run.journal.add(recordOf(chunk, report, moved));
    },
  });
  await flusher.finish();
  const found = { tensors: totals.tensors, overflows: options.made?.onOverflow !== 'saturate' };
  const introduced = await introducedIn(plan, found, inputs, options.signal);
  return introduced.length === 0 ? totals : { ...totals, introduced };
}
