import { parseConfig } from '../../models/checkpoint/architecture.ts';
import { isRecord } from '../../models/checkpoint/header/repeated-key.ts';
import { BORDERS, periodsOf } from './config-counts.ts';
import { LAYER_NUMBERS, layerLists } from './config-layers.ts';
import { readTextConfig } from './text-config.ts';

/** What a config.json says of one layer, setting by setting; equal texts mean the same kind of layer. */
export type LayerKind = ReadonlyMap<string, string>;

/** Keys of lists that start over when they end, such as RecurrentGemma's block_types. */
const CYCLE = /_(types|pattern)$/;

/**
 * Reads what a config.json says of each layer: its entry in lists with one entry per layer, whether lists of layer numbers
 * hold it, on which side of a border it is (`first_k_dense_replace`), and its place in a period (`attn_layer_period`).
 */
export function layerKinds(config: string | undefined): (layer: number) => LayerKind {
  if (config === undefined) return () => new Map();
  const settings = settingsOf(config);
  const lists = layerLists(config);
  const cycles = Object.entries(settings).flatMap(([key, value]): [string, readonly string[]][] => {
    return CYCLE.test(key) && isTexts(value) && value.length > 0 && !lists.has(key) ? [[key, value]] : [];
  });
  return (layer) => {
    const kind = new Map<string, string>();
    for (const [key, entries] of lists) kind.set(key, entries[layer] ?? '');
    for (const [key, types] of cycles) kind.set(key, types[layer % types.length] ?? '');
    for (const key of LAYER_NUMBERS) {
      const numbers = settings[key];
      if (Array.isArray(numbers)) kind.set(key, String(numbers.includes(layer)));
    }
    for (const key of BORDERS) {
      const border = settings[key];
      if (typeof border === 'number') kind.set(key, String(layer < border));
    }
    for (const { key, period } of periodsOf(settings)) {
      const offset = key.endsWith('_period') ? settings[key.replace(/period$/, 'offset')] : undefined;
      // without an offset the odd layer of a period is its first or its last one
      const isOdd = (at: number): boolean => layer % period === at;
      kind.set(key, typeof offset === 'number' ? String(isOdd(offset)) : `${isOdd(0)} ${isOdd(period - 1)}`);
    }
    return kind;
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function settingsOf(config: string): Readonly<Record<string, unknown>> {
  const { path } = readTextConfig(config);
  const at = path.reduce((value: unknown, key) => (isRecord(value) ? value[key] : undefined), parseConfig(config));
  return isRecord(at) ? at : {};
}
