import type { TextConfig } from './text-config.ts';

/** Which of a model's numbered parts are layers, and which of those are the text model's. */
export interface LayerStacks {
  /** Prefixes of the text model's layers; two of an encoder-decoder. Slices take these apart, and nothing else. */
  readonly text: ReadonlySet<string>;
  /** Layers of the text model, without those beyond its config's count (multi-token prediction). */
  readonly layers: number;
  /** Layers of each of these stacks; two of an encoder-decoder, encoder first. */
  readonly depths: readonly number[];
  /** A tensor's place among the layers that it belongs to, 0 to 1; 0 where it belongs to none. */
  position(tensor: string): number;
}

/** Parts of prefixes that stand for other towers than the text model, and what joins them to it. */
const TOWERS: ReadonlySet<string> = new Set(
  `vision visual vit clip siglip image img video audio speech sound sam conformer qformer perceiver resampler projector
  connector merger adapter adapters talker code2wav token2wav mtp`.split(/\s+/),
);

/** Whether a name, or the prefix of one, belongs to a tower beside the text model. */
export function isTower(name: string): boolean {
  return name.split(/[._]/).some((part) => TOWERS.has(part));
}

/** A numbered run under one prefix. */
interface Group {
  readonly prefix: string;
  /** Highest number plus one. */
  count: number;
  tensors: number;
  /** Whether the numbers hold more than a weight and a bias each: a row of plain modules is no stack of layers. */
  layered: boolean;
}

/** Finds the layers among a model's tensor names. */
export function layerStacks(tensors: Iterable<string>, config: TextConfig): LayerStacks {
  const groups = groupsOf(tensors);
  const text = textStacks([...groups.values()], config.layers);
  const counts = text.map(({ count }) => Math.min(count, text.length === 1 ? (config.layers ?? count) : count));
  const layers = counts.reduce((least, count) => Math.min(least, count), counts[0] ?? 0);
  const prefixes = new Set(text.map(({ prefix }) => prefix));
  return {
    text: prefixes,
    layers,
    depths: counts,
    position(tensor): number {
      const layer = layerOf(tensor);
      const group = layer && groups.get(layer.prefix);
      if (layer === undefined || group === undefined) return 0;
      if (prefixes.size === 1 && prefixes.has(layer.prefix)) return layerPosition(layer.index, layers);
      return group.layered || prefixes.has(layer.prefix) ? layerPosition(layer.index, group.count) : 0;
    },
  };
}

function groupsOf(tensors: Iterable<string>): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const tensor of tensors) {
    const layer = layerOf(tensor);
    if (layer === undefined) continue;
    const { prefix, index, rest } = layer;
    const group = groups.get(prefix) ?? { prefix, count: 0, tensors: 0, layered: false };
    group.count = Math.max(group.count, index + 1);
    group.tensors += 1;
    group.layered ||= rest !== '.weight' && rest !== '.bias';
    groups.set(prefix, group);
  }
  return groups;
}

function textStacks(groups: readonly Group[], wanted: number | undefined): Group[] {
  const own = groups.filter(({ prefix }) => !isTower(prefix));
  const layered = own.filter((group) => group.layered);
  const candidates = [layered, own, groups].find((list) => list.length > 0) ?? [];
  const pair = encoderDecoder(candidates);
  if (pair !== undefined) return pair;
  let best: Group | undefined;
  for (const group of candidates) if (best === undefined || isBetter(group, best, wanted)) best = group;
  return best === undefined ? [] : [best];
}

function encoderDecoder(groups: readonly Group[]): Group[] | undefined {
  for (const decoder of groups) {
    if (!/(^|\.)decoder\.[a-z]+\.$/.test(decoder.prefix)) continue;
    const name = decoder.prefix.replace(/decoder(?=\.[a-z]+\.$)/, 'encoder');
    const encoder = groups.find(({ prefix }) => prefix === name);
    if (encoder !== undefined) return [encoder, decoder];
  }
  return undefined;
}

/** As many layers as the config says, then at least as many, then the longer stack, then the one of more tensors. */
function isBetter(a: Group, b: Group, wanted: number | undefined): boolean {
  const rank = ({ count }: Group): number => (count === wanted ? 2 : Number(wanted !== undefined && count > wanted));
  return (rank(a) - rank(b) || a.count - b.count || a.tensors - b.tensors) > 0;
}

/** A tensor name taken apart at its layer number: `model.layers.` 12 `.mlp.up_proj.weight`. */
interface LayerName {
  readonly prefix: string;
  readonly index: number;
  readonly rest: string;
}

/** The layer that a tensor belongs to: the first number that stands alone in its name (an expert's number comes later). */
export function layerOf(tensor: string): LayerName | undefined {
  const match = /^(.*?\.)(\d+)(\..*)$/.exec(tensor);
  const [, prefix, index, rest] = match ?? [];
  if (prefix === undefined || index === undefined || rest === undefined) return undefined;
  return { prefix, index: Number(index), rest };
}

/** Place of layer `index` among `count`, 0 to 1, as mergekit's gradients take it: a single layer is at 1. */
export function layerPosition(index: number, count: number): number {
  return count > 1 ? Math.min(1, index / (count - 1)) : 1;
}
