import { readdirSync, readlinkSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ExecutionContext } from 'ava';
import { createWebGpuDevice } from '../../src/devices/webgpu/device.ts';
import { SwizzleError } from '../../src/errors.ts';
import { executePlan } from '../../src/run/execute/execute.ts';
import { Merger } from '../../src/run/merge/merger.ts';
import { checkRecipe } from '../../src/plan/methods/check.ts';
import { parseRecipe } from '../../src/recipe/parse.ts';
import { filled, writeModel } from './checkpoints.ts';
import { type FaultKind, Faults } from './faults.ts';
import { FaultyFiles } from './faulty-files.ts';
import { contents } from './kill-resume.ts';
import type { MergeDevice } from './merge-devices.ts';
import { temporaryFolder } from './temporary.ts';

/** What is merged while operations fail: one document, with `$w` for a number that differs between outputs. */
export interface FaultCase {
  readonly title: string;
  readonly recipe: string;
  readonly outputs: number;
}

export const FAULT_CASES: readonly FaultCase[] = [
  { title: 'linear', recipe: 'merge_method: linear', outputs: 1 },
  { title: 'ties, two outputs', recipe: 'merge_method: ties\nbase_model: base', outputs: 2 },
];

/** What a series of runs did, for its summary line. */
export interface FaultSeries {
  /** Operations on files of a run that nothing disturbs. */
  readonly operations: number;
  /** Runs in which one of them had a fault. */
  readonly runs: number;
  /** Runs that ended with an error; the others gave the right bytes all the same. */
  readonly failed: number;
  /** Of those, how many a later run went on with. */
  readonly resumed: number;
}

async function writeModels(folder: string): Promise<void> {
  for (const [index, name] of ['base', 'a', 'b'].entries()) {
    const tensors = [0, 1].map((layer) =>
      filled({ name: `model.layers.${layer}.up_proj.weight`, dtype: 'BF16', shape: [64, 64] }, index + 1),
    );
    const ids = filled({ name: 'model.ids', dtype: 'I64', shape: [64] });
    await writeModel(join(folder, name), [tensors, [ids]], { num_hidden_layers: 2 });
  }
}

function recipeText({ recipe }: FaultCase, weight: number): string {
  const models = ['a', 'b'].map((name) => `  - { model: ${name}, parameters: { weight: ${weight}, density: 0.6 } }\n`);
  return `${recipe}\nmodels:\n${models.join('')}`.replace(/, density: 0\.6/g, recipe.includes('ties') ? '$&' : '');
}

/** Descriptors of this process that are files in a folder; where the system tells. */
function openBelow(folder: string): number {
  if (process.platform !== 'linux') return 0;
  const paths = readdirSync('/proc/self/fd').map((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`);
    } catch {
      return ''; // the one that the list itself was read by
    }
  });
  return paths.filter((path) => path.startsWith(folder)).length;
}

/** What only costs time later, and the closing of files that were only read or are on the disk, are no reason to fail. */
function isHarmless(hit: string): boolean {
  return /^(appendFile|close) .*\/journal\.new$|^close .*\.safetensors$/.test(hit);
}

/**
 * Runs a merge whose n-th operation on a file has a fault, for one n after the other, and looks at what is left: a typed error or
 * the right bytes, no rejection that nobody handles, no descriptor, lane, lock or file; and what comes out when it is gone on with.
 * @param first the first n, from 1
 * @param every how far the next n is
 */
export async function faultSeries(
  t: ExecutionContext,
  one: FaultCase,
  kind: FaultKind,
  { device, adapter }: Pick<MergeDevice, 'device' | 'adapter'>,
  { first: begin, every }: { readonly first: number; readonly every: number } = { first: 1, every: 1 },
): Promise<FaultSeries> {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  t.teardown(() => process.off('unhandledRejection', onUnhandled));

  const folder = await temporaryFolder(t);
  await writeModels(folder);
  const place = join(folder, 'out');
  const faults = new Faults();
  const files = new FaultyFiles(faults);
  await using cpu = files.cpuDevice();
  await using gpu =
    device === 'webgpu' ? await createWebGpuDevice(adapter === undefined ? {} : { adapter }) : undefined;
  const devices = gpu === undefined ? [cpu] : [gpu, cpu];
  const merges = Array.from({ length: one.outputs }, (_, k) => ({
    checked: checkRecipe(parseRecipe('r.yml', recipeText(one, 0.5 + k / 4), folder)),
    out: join(place, `model-${k}`),
  }));
  const [first] = merges;
  if (first === undefined) throw new Error('no output');
  await using maker = await Merger.open(first.checked, devices, { shardBytes: 9000, lanes: 2, chunkBytes: 4096 });

  let wentOn = false;
  /** Makes those of the outputs that are not there. */
  const run = async (numbers: readonly number[], goOn: boolean): Promise<void> => {
    const own = merges.filter((_, k) => numbers.includes(k)) as [(typeof merges)[0], ...typeof merges];
    const { plan, lanes, chunkBytes, sideFiles, texts } = await maker.prepare(own);
    await executePlan(plan, {
      out: own.map(({ out }) => out),
      inputs: maker.inputs,
      force: false,
      devices,
      lanes,
      chunkBytes,
      sideFiles,
      texts,
      stopOnOverflow: false,
      calls: files.calls,
      open: ({ path }) => files.openSource(path),
      resume: goOn ? 'asked' : undefined,
      onRemark: (text) => void (wentOn ||= text.startsWith('going on with')),
    });
  };
  const all = merges.map((_, k) => k);

  faults.begin('none', 0);
  await run(all, false);
  const operations = faults.count;
  const expected = await Promise.all(merges.map(({ out }) => contents(out)));
  await rm(place, { recursive: true });
  const problems: string[] = [];
  const check = (isGood: boolean, what: string): void => void (isGood || problems.push(what));
  const isRight = async (k: number): Promise<boolean> => {
    const found = await contents(merges[k]?.out ?? '');
    return isDeepStrictEqual(found, expected[k]);
  };

  let [runs, failed, resumed] = [0, 0, 0];
  for (let at = begin; at <= operations; at += every) {
    const title = `${one.title}, ${kind} at operation ${at} of ${operations}`;
    runs += 1;
    files.hit = undefined;
    faults.begin(kind, at);
    const error: unknown = await run(all, false).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    // how many there are differs by a few: lines of the journal that come at the same time go together
    const isReached = faults.count >= at;
    faults.begin('none', 0);
    const hit = `${title}: ${files.hit ?? 'in a thread'}: ${String(error)}`;
    if (error !== undefined) check(error instanceof SwizzleError && error.code !== 'internal', `untyped: ${hit}`);
    else check(!isReached || kind === 'short' || isHarmless(files.hit ?? ''), `no error: ${hit}`);
    check(openBelow(folder) === 0, `open files are left: ${hit}`);
    check(cpu.name === 'cpu', `lanes are left: ${hit}`);
    const left: string[] = await readdir(place).catch(() => []);
    const there = all.filter((k) => left.includes(basename(merges[k]?.out ?? '')));
    for (const k of there) {
      check(await isRight(k), `output ${k} is there and wrong: ${hit}`);
      check(!String(error).includes(`finished model is in ${place}/.model-${k}.`), `said to be elsewhere: ${hit}`);
    }
    const strangers = left.filter((name) => !/^(model-\d|\.model-\d\.swizzle-partial-[0-9a-f]{8})$/.test(name));
    check(strangers.length === 0, `${strangers.join()} are left: ${hit}`);
    if (error !== undefined) failed += 1;
    const missing = all.filter((k) => !there.includes(k));
    wentOn = false;
    if (missing.length > 0) await run(missing, true);
    if (wentOn) resumed += 1;
    for (const k of missing) check(await isRight(k), `output ${k} is wrong after it was gone on with: ${hit}`);
    const names = (await readdir(place)).sort().join();
    check(names === merges.map(({ out }) => basename(out)).join(), `${names} are there at the end: ${hit}`);
    await rm(place, { recursive: true });
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.deepEqual(problems, []);
  t.deepEqual(unhandled, []);
  return { operations, runs, failed, resumed };
}
