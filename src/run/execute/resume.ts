import { join } from 'node:path';
import type { Device } from '../../devices/device.ts';
import { Checksummer } from '../../devices/checksum.ts';
import { changedInput, fingerprints, hashPlan } from '../journal/fingerprint.ts';
import { FinishedRanges, intactRecords } from '../journal/finished.ts';
import { Journal, readJournal } from '../journal/journal.ts';
import type { JournalHead, JournalRecord } from '../journal/record.ts';
import type { OutputDirectory, OutputWishes } from '../output/output-directory.ts';
import type { Workspace } from '../output/workspace.ts';
import { packageVersion } from '../../package.ts';
import type { Plan } from '../../plan/plan.ts';
import { counted } from '../../counted.ts';

/** What a run is begun or resumed with. */
export interface ResumeOptions extends Pick<OutputWishes, 'onRemark' | 'calls'> {
  /** In order of preference; a chunk goes to the first that supports it. */
  readonly devices: readonly Device[];
  /** Further files with text of the caller's, such as a model card; one list per variant. */
  readonly texts?: readonly (readonly { readonly name: string; readonly text: string }[])[] | undefined;
  /** Resume what an earlier run has left: because the user asked for it, or whenever there is something. */
  readonly resume?: 'asked' | 'always' | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Where a run writes, and what is there already. */
export interface OpenRun extends AsyncDisposable {
  /** One an output. */
  readonly workspaces: readonly Workspace[];
  readonly journal: Journal;
  readonly summer: Checksummer;
  readonly finished: FinishedRanges;
  /** What an earlier run has finished. */
  readonly records: readonly JournalRecord[];
}

/** A journal that may be gone on with. */
interface Earlier {
  readonly workspaces: readonly Workspace[];
  readonly records: readonly JournalRecord[];
  readonly damaged: number;
}

/** Makes the workspaces of all outputs, or goes on in those that an earlier run has left. @throws SwizzleError */
export async function openRun(
  plan: Plan,
  directories: readonly OutputDirectory[],
  options: ResumeOptions,
): Promise<OpenRun> {
  const texts = (options.texts ?? []).flat().filter(({ name }) => name.endsWith('.yml'));
  const named = [packageVersion(), ...options.devices.map(({ kind }) => kind), ...texts.map(({ text }) => text)];
  const about = { version: 1, plan: hashPlan(plan, named), inputs: await fingerprints(plan.inputs) } as const;
  const found = await findEarlier(about, directories);
  const earlier = options.resume !== undefined && typeof found === 'object' ? found : undefined;
  tell(found, directories, options);
  const workspaces: Workspace[] = [];
  for (const [index, directory] of directories.entries()) {
    workspaces.push(await directory.open(earlier?.workspaces[index]));
  }
  const records =
    earlier === undefined ? [] : await intactRecords(earlier.records, outputPaths(plan, workspaces), options.signal);
  if (earlier !== undefined) {
    const lost = earlier.records.length - records.length + earlier.damaged;
    const done = records.reduce((sum, { written }) => sum + written, 0);
    const again = lost > 0 ? `; ${counted(lost, 'damaged part')} will be redone` : '';
    options.onRemark?.(`going on with ${gb(done)} of ${gb(plan.bytesWritten)} that an earlier run has written${again}`);
  }
  const head: JournalHead = { ...about, workspaces: workspaces.map(({ path }) => path) };
  const journal = await Journal.begin(workspaces[0]?.path ?? '.', head, records, options.calls);
  return {
    workspaces,
    journal,
    summer: await Checksummer.open(),
    finished: new FinishedRanges(records),
    records,
    [Symbol.asyncDispose]: () => journal[Symbol.asyncDispose](),
  };
}

/** Paths of the output files, numbered as in `ChunkOutput.file`. */
export function outputPaths(plan: Plan, workspaces: readonly Workspace[]): string[] {
  return plan.variants.flatMap(({ shards }, index) =>
    shards.map(({ name }) => join(workspaces[index]?.model ?? '', name)),
  );
}

/** @returns why what is there cannot be gone on with; undefined where nothing is there */
async function findEarlier(
  about: Pick<JournalHead, 'plan' | 'inputs'>,
  directories: readonly OutputDirectory[],
): Promise<Earlier | string | undefined> {
  let why: string | undefined;
  for (const { path } of directories[0]?.unfinished ?? []) {
    const content = await readJournal(path);
    if (content === undefined) continue;
    const { head, records, damaged } = content;
    if (head === undefined) {
      why = 'its journal is damaged';
      continue;
    }
    const workspaces = directories.map(({ unfinished }, index) => {
      return unfinished.find((one) => one.path === head.workspaces[index]);
    });
    const there = workspaces.filter((one) => one !== undefined);
    const changed = changedInput(head.inputs, about.inputs);
    if (changed !== undefined) why = changed;
    else if (head.plan !== about.plan) why = 'recipe, options, device or version are others now';
    else if (there.length !== head.workspaces.length) why = 'the folder of one of its outputs is gone';
    else if (records.length > 0) return { workspaces: there, records, damaged };
  }
  return why;
}

function tell(
  found: Earlier | string | undefined,
  directories: readonly OutputDirectory[],
  { resume, onRemark }: Pick<ResumeOptions, 'resume' | 'onRemark'>,
): void {
  const left = directories.flatMap(({ unfinished }) => unfinished);
  if (resume === 'asked' && left.length === 0) onRemark?.('nothing is there to go on with: starting anew');
  if (resume !== undefined && typeof found === 'string') onRemark?.(`starting anew: ${left[0]?.path}: ${found}`);
  if (resume !== undefined && typeof found === 'object') return;
  for (const { path, bytes } of left) {
    const way = typeof found === 'object' ? '; --resume goes on with it,' : ';';
    onRemark?.(`${path}: an earlier run has left ${gb(bytes)} here${way} it goes when this run is complete`);
  }
}

function gb(bytes: number): string {
  return bytes < 1e8 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Says where what is done is kept. */
export function tellKept(plan: Plan, { journal, workspaces }: OpenRun, onRemark: ResumeOptions['onRemark']): void {
  const where = workspaces.map(({ path }) => path).join(', ');
  onRemark?.(
    `${counted(journal.records, 'part')} (of ${gb(plan.bytesWritten)} in all) kept in ${where}; run with --resume to continue`,
  );
}
