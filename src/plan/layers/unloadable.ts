import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import { parseConfig } from '../../models/checkpoint/architecture.ts';
import type { NewTensor } from '../../models/checkpoint/header/encode-header.ts';
import { SwizzleError } from '../../errors.ts';
import type { LayerOrigin } from '../match/match.ts';
import { layerSetProblems } from './layer-sets.ts';
import { layerOf, layerStacks } from './stacks.ts';
import { readTextConfig } from './text-config.ts';

/** Names of tensors outside the layers that hold a block per layer: Gemma 3n's per-layer inputs, weights of all hidden states. */
const BLOCK_PER_LAYER =
  /(^|\.)(embed_tokens_per_layer|per_layer_model_projection|layer_weights|layerwise_\w+|scalar_mix)(\.|$)/;

/** Most layers that are listed one by one. */
const MOST_LINES = 8;

/**
 * Why transformers would not load layers that slices put together as they are written: tensors would be missing (random) or left
 * out.
 * @param config of the output
 * @returns a line for each reason
 */
export function unloadableLayers(
  config: string,
  lead: Checkpoint,
  layers: readonly LayerOrigin[],
  tensors: readonly Pick<NewTensor, 'name' | 'shape' | 'dtype'>[],
): string[] {
  const counted = readTextConfig(config).layers;
  const { text, layers: own } = layerStacks(lead.tensors.keys(), readTextConfig(lead.config));
  const problems: string[] = [];
  const isModel = typeof parseConfig(config)?.['model_type'] === 'string';
  if (isModel && counted !== layers.length && layers.length !== own) {
    problems.push(`config.json: has no number of layers that can be set to ${layers.length}`);
  }
  if (!isWhole(layers, own)) {
    for (const { name, shape } of tensors) {
      const layer = layerOf(name);
      if ((layer !== undefined && text.has(layer.prefix)) || !BLOCK_PER_LAYER.test(name)) continue;
      if (!shape.some((size) => size % own === 0 || size === own + 1)) continue;
      problems.push(
        `${name} [${shape.join(', ')}]: holds a block per layer of ${lead.label}, which slices do not move`,
      );
    }
  }
  const sets = layerSetProblems(config, lead, layers, tensors);
  const more = sets.length - MOST_LINES;
  return [...problems, ...sets.slice(0, MOST_LINES), ...(more > 0 ? [`${more} more layers do not fit`] : [])];
}

/** Whether the layers are those of one model, in its order. */
function isWhole(layers: readonly LayerOrigin[], count: number): boolean {
  const models = new Set(layers.map(({ checkpoint }) => checkpoint));
  return models.size === 1 && layers.length === count && layers.every(({ layer }, at) => layer === at);
}

/** @throws SwizzleError 'mismatch' where there is a reason not to write the output */
export function refuseUnloadable(problems: readonly string[]): void {
  if (problems.length === 0) return;
  const head = 'transformers would not load all of the output:';
  const hint = 'choose other layer ranges, or use --allow-unloadable to write it anyway';
  throw new SwizzleError('mismatch', [head, ...problems.map((line) => `  ${line}`), hint], {
    details: { count: problems.length },
  });
}
