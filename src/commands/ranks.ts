import type { Checkpoint } from '../models/checkpoint/checkpoint.ts';
import { elementCount } from '../models/checkpoint/header/header.ts';
import { SwizzleError } from '../errors.ts';
import type { OpenSource } from '../elements/byte-source.ts';
import { DifferenceMemory } from './extract/difference-memory.ts';
import { pairLayers } from './extract/layer-pairs.ts';
import { openPair } from './extract/open-pair.ts';
import { createCpuForward } from '../matrix/cpu/device.ts';
import { leadingPart, type MatrixProducts } from '../matrix/low-rank/leading-part.ts';
import type { InputFile } from '../models/models.ts';
import { ResourceStack } from '../resource-stack.ts';

/** The most that is looked for: adapters of higher rank are hardly smaller than the model. */
export const MOST_RANK = 128;

/** Ranks that are tried in turn: most layers need less than the last, and each costs as much as it is large. */
const TRIED = [32, MOST_RANK];

/** The rank that a linear layer's difference between two models needs. */
export interface LayerRank {
  readonly name: string;
  /** Σ (model − base)². */
  readonly energy: number;
  /** The least rank that keeps the share asked for; 0 where the layer is the same; undefined above `MOST_RANK`. */
  readonly rank: number | undefined;
}

export interface RankOptions {
  /** Of each layer's squared difference, above 0 and below 1. */
  readonly share: number;
  readonly signal?: AbortSignal | undefined;
  /** Called after every layer: bytes of layers, as f32, that are done. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

/**
 * The rank that a LoRA of a fine-tune needs, layer by layer: singular values of the differences by randomised range finding, as
 * `extract` finds them. One layer at a time is in memory.
 * @throws SwizzleError 'usage', 'mismatch' where the models have no linear layers in common, 'space', 'io'
 */
export async function ranksNeeded(
  base: Checkpoint,
  model: Checkpoint,
  { share, signal, onProgress }: RankOptions,
  open: (file: InputFile) => Promise<OpenSource>,
): Promise<LayerRank[]> {
  if (!(share > 0 && share < 1)) throw new SwizzleError('usage', `a share of ${share}: expected one between 0 and 1`);
  const { layers } = pairLayers(base, model);
  await using stack = new ResourceStack();
  const sources = await openPair(base, model, open, stack);
  const device = stack.use(createCpuForward({ aloneBelow: 0 }));
  const memory = stack.use(await DifferenceMemory.make(device, layers, MOST_RANK + 16, sources, signal));
  const total = layers.reduce((sum, { base: { shape } }) => sum + 4 * elementCount(shape), 0);
  let done = 0;
  const found: LayerRank[] = [];
  for (const pair of layers) {
    const energy = await memory.load(pair, true);
    const [rows = 0, columns = 0] = pair.base.shape;
    const products = memory.products(rows, columns);
    found.push({ name: pair.name, energy, rank: await rankFor(products, share * energy, pair.name) });
    done += 4 * elementCount(pair.base.shape);
    onProgress?.({ done, total });
  }
  return found;
}

/** The least rank whose part of the matrix has the energy wanted. */
async function rankFor(matrix: MatrixProducts, wanted: number, label: string): Promise<number | undefined> {
  if (wanted === 0) return 0;
  for (const tried of TRIED) {
    const { values } = await leadingPart(matrix, tried, { seed: 0, label });
    let own = 0;
    for (const [index, value] of values.entries()) {
      own += value * value;
      if (own >= wanted) return index + 1;
    }
  }
  return undefined;
}
