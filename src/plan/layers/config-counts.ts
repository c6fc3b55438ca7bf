import { parseConfig } from '../../models/checkpoint/architecture.ts';
import { isRecord } from '../../models/checkpoint/header/repeated-key.ts';
import type { LayerOrigin } from '../match/match.ts';
import { readTextConfig } from './text-config.ts';

/** Numbers k by which layers 0 to k − 1 are of one kind, and the others of another. */
export const BORDERS = ['first_k_dense_replace', 'max_window_layers', 'moe_layer_start_index'] as const;

/** Numbers p by which every p-th layer is of another kind, and the list that programs read instead where there is one. */
const PERIODS: readonly (readonly [period: string, list: string | undefined])[] = [
  ['sliding_window_pattern', 'layer_types'],
  ['full_attention_interval', 'layer_types'],
  ['no_rope_layer_interval', 'no_rope_layers'],
  ['interleave_moe_layer_step', 'moe_layers'],
  ['decoder_sparse_step', undefined],
  ['moe_layer_freq', undefined],
  ['attn_layer_period', undefined],
  ['expert_layer_period', undefined],
  ['cross_attention_interval', undefined],
];

/** The periods that a config's settings have, and that say something. */
export function periodsOf(settings: Settings): { readonly key: string; readonly period: number }[] {
  return PERIODS.flatMap(([key, list]) => {
    const period = settings[key];
    if (typeof period !== 'number' || period < 2) return [];
    return list !== undefined && Array.isArray(settings[list]) ? [] : [{ key, period }];
  });
}

/** A number of config.json that is another one for the output's layers. */
export interface LayerCount {
  /** Keys that lead to it. */
  readonly path: readonly string[];
  readonly value: number;
}

/**
 * Numbers in config.json that say which layers are of which kind, for layers that were put together anew. Each layer keeps
 * the kind that it had in its own model.
 * @param layers the output's layers in order
 * @returns numbers that are others now, and a line for each that cannot say it any more
 */
export function layerCounts(
  text: string,
  layers: readonly LayerOrigin[],
): { readonly counts: LayerCount[]; readonly problems: string[] } {
  const counts: LayerCount[] = [];
  const problems: string[] = [];
  const { path } = readTextConfig(text);
  const lead = settingsOf(text);
  const ownOf = settingsReader(lead);
  const nameOf = (key: string): string => [...path, key].join('.');
  for (const key of BORDERS) {
    const border = lead[key];
    if (typeof border !== 'number') continue;
    const isBefore = layers.map(({ checkpoint, layer }) => layer < numberIn(ownOf(checkpoint.config), key, border));
    const first = isBefore.indexOf(false);
    const value = first === -1 ? Math.max(layers.length, border) : first;
    const strays = first === -1 ? -1 : isBefore.indexOf(true, first);
    if (strays === -1) {
      if (value !== border) counts.push({ path: [...path, key], value });
    } else {
      problems.push(`config.json: ${nameOf(key)} is ${border}, but layer ${strays} of the output is of the other kind`);
    }
  }
  for (const { key, period } of periodsOf(lead)) {
    const stray = layers.findIndex(({ checkpoint, layer }, at) => {
      return layer % numberIn(ownOf(checkpoint.config), key, period) !== at % period;
    });
    if (stray !== -1) {
      const was = layers[stray]?.layer;
      problems.push(
        `config.json: ${nameOf(key)} is ${period}, but layer ${stray} of the output was layer ${was}: it may be taken for another kind`,
      );
    }
  }
  return { counts, problems };
}

type Settings = Readonly<Record<string, unknown>>;

function settingsOf(config: string): Settings {
  const { path } = readTextConfig(config);
  const at = path.reduce((value: unknown, key) => (isRecord(value) ? value[key] : undefined), parseConfig(config));
  return isRecord(at) ? at : {};
}

/** Each config is read once. */
function settingsReader(lead: Settings): (config: string | undefined) => Settings {
  const known = new Map<string, Settings>();
  return (config) => {
    if (config === undefined) return lead;
    const own = known.get(config) ?? settingsOf(config);
    known.set(config, own);
    return own;
  };
}

function numberIn(settings: Settings, key: string, otherwise: number): number {
  const value = settings[key];
  return typeof value === 'number' && value > 0 ? value : key in settings ? 0 : otherwise;
}
