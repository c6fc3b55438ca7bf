import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SideFile } from '../checkpoint/side-files.ts';
import type { ByteSource, Device } from '../device/device.ts';
import { SwizzleError } from '../errors.ts';
import type { Chunk } from '../plan/chunk.ts';
import type { InputFile } from '../plan/models.ts';
import type { Plan, PlanVariant } from '../plan/plan.ts';
import { ResourceStack } from '../resource-stack.ts';
import { Flusher } from './flusher.ts';
import { beginOutput, freeBytes, type OutputDirectory } from './output-directory.ts';
import { type LaneSettings, runChunks } from './run-chunks.ts';
import type { ChunkEvent } from './profile.ts';
import { createOutputFile, type OutputFile } from './sinks.ts';
import type { RunTotals } from './tally.ts';

/** A source that is closed after the run. */
export type OpenSource = ByteSource & AsyncDisposable;

export interface ExecuteOptions extends LaneSettings {
  /** One folder a variant. */
  readonly out: readonly string[];
  readonly force: boolean;
  /** In order of preference; a chunk goes to the first that supports it. */
  readonly devices: readonly Device[];
  /** Opens an input file of the plan. */
  readonly open: (file: InputFile) => Promise<OpenSource>;
  /** Copied into every output folder, unless the plan writes a file of that name. */
  readonly sideFiles: readonly SideFile[];
  /** Further files with text of the caller's, such as a model card; one list a variant. */
  readonly texts?: readonly (readonly { readonly name: string; readonly text: string }[])[] | undefined;
  readonly stopOnOverflow: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onChunk?: ((event: ChunkEvent) => void) | undefined;
}

/**
 * Runs a plan: reads, computes, writes, and puts the folders in place when all of them are complete.
 * @throws SwizzleError 'space', 'io', 'device', 'overflow'; the signal's reason when aborted. Nothing is left behind then.
 */
export async function executePlan(plan: Plan, options: ExecuteOptions): Promise<RunTotals> {
  await checkSpace(plan, options);
  await using stack = new ResourceStack();
  const directories: OutputDirectory[] = [];
  for (const out of options.out) directories.push(stack.use(await beginOutput(out, options.force)));
  const totals = await writeWeights(plan, directories, options);
  for (const [index, variant] of plan.variants.entries()) {
    const directory = directories[index];
    if (directory) await writeSideFiles(directory.path, variant, options.sideFiles, options.texts?.[index] ?? []);
  }
  options.signal?.throwIfAborted();
  for (const directory of directories) await directory.publish();
  return totals;
}

async function checkSpace(plan: Plan, { out, sideFiles }: ExecuteOptions): Promise<void> {
  const side = sideFiles.reduce((sum, { size }) => sum + size, 0) * out.length;
  const needed = plan.bytesWritten + side;
  const free = await freeBytes(out[0] ?? '.');
  if (free < needed) {
    throw new SwizzleError('space', `${out[0]}: needs ${needed} bytes, only ${free} are free on that disk`, {
      details: { needed, free },
    });
  }
}

async function writeWeights(
  plan: Plan,
  directories: readonly OutputDirectory[],
  options: ExecuteOptions,
): Promise<RunTotals> {
  await using stack = new ResourceStack();
  const inputs: OpenSource[] = [];
  for (const file of plan.inputs) inputs.push(stack.use(await options.open(file)));
  const outputs: OutputFile[] = [];
  for (const [index, { shards }] of plan.variants.entries()) {
    for (const { name, size, header } of shards) {
      const path = join(directories[index]?.path ?? '', name);
      // a module's weights are in a folder of their own
      await mkdir(dirname(path), { recursive: true });
      const output = stack.use(await createOutputFile(path, size));
      outputs.push(output);
      await output.write(header, 0);
    }
  }
  const flusher = new Flusher(outputs);
  const onWritten = (chunk: Chunk): void => flusher.wrote(chunk);
  const totals = await runChunks(plan, { ...options, files: { inputs, outputs }, onWritten });
  await flusher.finish();
  return totals;
}

async function writeSideFiles(
  folder: string,
  { texts }: PlanVariant,
  sideFiles: readonly SideFile[],
  more: readonly { readonly name: string; readonly text: string }[],
): Promise<void> {
  const own = [...texts, ...more];
  for (const { name, path } of sideFiles) {
    if (own.some((text) => text.name === name)) continue;
    const target = join(folder, name);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(path, target);
  }
  for (const { name, text } of own) {
    const target = join(folder, name);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
  }
}
