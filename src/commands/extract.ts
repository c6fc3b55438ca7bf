import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checkpoint } from '../models/checkpoint/checkpoint.ts';
import { elementCount } from '../models/checkpoint/header/header.ts';
import type { FloatDtype } from '../dtype.ts';
import { messageOf, SwizzleError } from '../errors.ts';
import type { OpenSource } from '../elements/byte-source.ts';
import { AdapterFile } from './extract/adapter-file.ts';
import { adapterCard, adapterConfig } from './extract/adapter-texts.ts';
import { DifferenceMemory } from './extract/difference-memory.ts';
import { type LayerPairs, pairLayers, type TensorPair, type Unpaired } from './extract/layer-pairs.ts';
import { openPair } from './extract/open-pair.ts';
import { factorsOf, keptTensor, moduleOf, PREFIX, writeFactors, writeKept } from './extract/write-adapter.ts';
import { createCpuForward } from '../matrix/cpu/device.ts';
import { leadingPart } from '../matrix/low-rank/leading-part.ts';
import { Checksummer } from '../devices/checksum.ts';
import { sumsBelow } from '../run/execute/written-sums.ts';
import { beginOutput } from '../run/output/output-directory.ts';
import type { InputFile } from '../models/models.ts';
import { ResourceStack } from '../resource-stack.ts';

/** How an adapter is extracted. */
export interface ExtractSettings {
  /** The adapter's folder. */
  readonly out: string;
  /** Most singular values of a layer that are kept. Default 32. */
  readonly rank?: number | undefined;
  /** Of the adapter's matrices: F32, F16 or BF16. Default F32. */
  readonly dtype?: FloatDtype | undefined;
  /** Keep other modules that differ (norms, embeddings, biases) as they are in the fine-tune. */
  readonly saveModules?: boolean | undefined;
  /** Of the random directions that the search begins with. Default 0. */
  readonly seed?: number | undefined;
  readonly force?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ExtractProgress) => void) | undefined;
  readonly onRemark?: ((text: string) => void) | undefined;
}

/** Bytes of tensors, as f32, that are done. */
export interface ExtractProgress {
  readonly done: number;
  readonly total: number;
}

/** A linear layer that differs. */
export interface ExtractedLayer {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly rank: number;
  /** Σ (model − base)². */
  readonly energy: number;
  /** Share of it that the adapter has, 0 to 1. */
  readonly kept: number;
}

export interface ExtractSummary {
  readonly out: string;
  readonly rank: number;
  readonly dtype: FloatDtype;
  readonly layers: readonly ExtractedLayer[];
  /** Linear layers that are the same in both. */
  readonly same: number;
  /** Share of the energy of all linear layers' differences that the adapter has. */
  readonly kept: number;
  /** Modules that are kept whole. */
  readonly saved: readonly string[];
  /** Tensors that differ, or are in one model only, and that the adapter does not have. */
  readonly leftOut: readonly Unpaired[];
  /** Of adapter_model.safetensors. */
  readonly bytes: number;
  readonly seconds: number;
}

const WEIGHTS = 'adapter_model.safetensors';

const DTYPES: ReadonlySet<FloatDtype> = new Set(['F32', 'F16', 'BF16']);

/**
 * Makes a LoRA of what a fine-tune changed: of each linear layer's difference the part of rank `rank` that is largest, as PEFT's
 * files. One layer at a time is in memory.
 * @param recipe text that makes the same adapter again, kept beside it
 * @throws SwizzleError 'usage', 'mismatch', 'space', 'io', 'device'; the signal's reason when aborted. `out` is complete or not there
 */
export async function extract(
  base: Checkpoint,
  model: Checkpoint,
  settings: ExtractSettings,
  open: (file: InputFile) => Promise<OpenSource>,
  recipe?: string,
): Promise<ExtractSummary> {
  const started = performance.now();
  const { out, rank = 32, dtype = 'F32', force = false, signal, onRemark } = settings;
  if (!Number.isInteger(rank) || rank < 1)
    throw new SwizzleError('usage', `rank ${rank}: expected a whole number from 1 on`);
  if (!DTYPES.has(dtype)) throw new SwizzleError('usage', `an adapter is float32, float16 or bfloat16, not ${dtype}`);
  const pairs = pairLayers(base, model);
  const inputs = [base, model].flatMap(({ folder, shards }) =>
    folder === undefined ? shards.map(({ path }) => path) : [folder],
  );
  await using output = await beginOutput(out, { force, inputs, onRemark });
  const { model: folder } = await output.open();
  const { sums, ...made } = await makeAdapter(pairs, { base, model, rank, dtype, folder }, settings, open);
  const { layers, saved, kept } = made;
  const ranks = new Map(layers.map((layer) => [moduleOf(layer.name), layer.rank]));
  const linear = pairs.layers.map(({ name }) => moduleOf(name));
  const about = { base, model, ranks, linear, saved, transposed: pairs.transposed, kept };
  for (const [name, text] of [
    ['adapter_config.json', adapterConfig(about)],
    ['README.md', adapterCard(about)],
    ...(recipe === undefined ? [] : [['swizzle_recipe.yml', recipe] as const]),
  ] as const) {
    await writeFile(join(folder, name), text).catch((cause: unknown) => {
      throw new SwizzleError('io', `${join(folder, name)}: writing: ${messageOf(cause)}`, { cause });
    });
  }
  signal?.throwIfAborted();
  const summer = await Checksummer.open();
  await output.publish({
    made: { device: 'cpu', kind: 'adapter' },
    sums: await sumsBelow(folder, new Map([[WEIGHTS, sums]]), summer, signal),
  });
  const same = pairs.layers.length - layers.length;
  return { out, rank, dtype, same, ...made, seconds: (performance.now() - started) / 1000 };
}

interface Making {
  readonly base: Checkpoint;
  readonly model: Checkpoint;
  readonly rank: number;
  readonly dtype: FloatDtype;
  readonly folder: string;
}

interface Made extends Pick<ExtractSummary, 'layers' | 'kept' | 'saved' | 'leftOut' | 'bytes'> {
  /** Checksums of the adapter's weights. */
  readonly sums: string;
}

async function makeAdapter(
  pairs: LayerPairs,
  { base, model, rank, dtype, folder }: Making,
  { saveModules = false, seed = 0, signal, onProgress }: ExtractSettings,
  open: (file: InputFile) => Promise<OpenSource>,
): Promise<Made> {
  const { layers, others, transposed } = pairs;
  await using stack = new ResourceStack();
  const sources = await openPair(base, model, open, stack);
  const device = stack.use(createCpuForward({ aloneBelow: 0 }));
  const memory = stack.use(await DifferenceMemory.make(device, layers, rank + 16, sources, signal));
  const possible = [
    ...layers.flatMap((pair) => factorsOf(pair, rank, transposed, dtype)),
    ...(saveModules ? others.map((pair) => keptTensor(savedName(pair, new Set(), true), pair.model)) : []),
  ];
  const file = stack.use(await AdapterFile.create(join(folder, WEIGHTS), possible));
  const total = [...layers, ...others].reduce((sum, pair) => sum + bytesOf(pair), 0);
  let done = 0;
  const step = (pair: TensorPair): void => {
    done += bytesOf(pair);
    onProgress?.({ done, total });
  };
  const found: ExtractedLayer[] = [];
  for (const pair of layers) {
    const energy = await memory.load(pair, true);
    if (energy > 0) {
      const [rows = 0, columns = 0] = pair.base.shape;
      const part = await leadingPart(memory.products(rows, columns), rank, { seed, label: pair.name });
      await writeFactors(file, factorsOf(pair, rank, transposed, dtype), part, transposed);
      const own = part.values.reduce((sum, value) => sum + value * value, 0);
      found.push({ name: pair.name, rows, columns, rank: part.values.length, energy, kept: Math.min(1, own / energy) });
    }
    step(pair);
  }
  const differing = new Set<string>();
  for (const pair of others) {
    if ((await memory.load(pair, false)) > 0) differing.add(pair.name);
    step(pair);
  }
  if (found.length === 0) throw nothing(base, model, differing.size);
  const targets = new Set(found.map(({ name }) => moduleOf(name)));
  const linear = new Set(layers.map(({ name }) => moduleOf(name)));
  const modules = new Set([...differing].map(moduleOf).filter((name) => !linear.has(name)));
  const kept = others.filter(({ name }) => saveModules && (differing.has(name) || modules.has(moduleOf(name))));
  for (const pair of kept) await writeKept(file, savedName(pair, targets, false), pair.model, sources.model, signal);
  const sums = await file.finish();
  const energy = found.reduce((sum, layer) => sum + layer.energy, 0);
  const left = saveModules ? [] : [...differing].map((name) => ({ name, why: 'differs' }));
  return {
    layers: found,
    kept: found.reduce((sum, layer) => sum + layer.energy * layer.kept, 0) / energy,
    saved: saveModules ? [...modules] : [],
    leftOut: [...left, ...pairs.unpaired],
    bytes: file.bytes,
    sums,
  };
}

/** PEFT wraps layers that it adapts: their biases lie one level deeper. */
function savedName({ name }: TensorPair, targets: ReadonlySet<string>, longest: boolean): string {
  const isWrapped = name.endsWith('.bias') && (longest || targets.has(moduleOf(name)));
  return `${PREFIX}${isWrapped ? name.replace(/bias$/, 'base_layer.bias') : name}`;
}

function bytesOf({ base }: TensorPair): number {
  return elementCount(base.shape) * 4;
}

function nothing(base: Checkpoint, model: Checkpoint, others: number): SwizzleError {
  const what = others > 0 ? `the same linear layers, and ${others} other tensors that differ` : 'the same weights';
  return new SwizzleError('mismatch', `${base.label} and ${model.label} have ${what}: there is no LoRA of that`);
}
