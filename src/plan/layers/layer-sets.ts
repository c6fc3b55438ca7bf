import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import type { NewTensor } from '../../models/checkpoint/header/encode-header.ts';
import { isBuffer, type LayerOrigin } from '../match/match.ts';
import { type LayerKind, layerKinds } from './layer-kinds.ts';
import { layerOf, layerStacks } from './stacks.ts';
import { readTextConfig } from './text-config.ts';

/** Tensors that only the first layer has or lacks, whatever config.json says: T5's position biases, ModernBERT's first norm. */
const BY_PLACE = /(^|\.)(relative_attention_bias|attn_norm)\.weight /;

/** Masks that older programs saved. */
const MASK = /(^|\.)(attn|attention)\.bias$/;

/** A layer's tensors as `rest [shape]`, with the prefix in front where a model has two stacks. */
type TensorSet = ReadonlySet<string>;

/** A layer that a model is known to load with. */
interface KnownLayer {
  readonly kind: LayerKind;
  readonly place: string;
  readonly tensors: TensorSet;
}

/**
 * Compares the set of tensors in each layer of the output with what the output's config.json makes of a layer in that place.
 * What it makes is learned from the layers of the model that lends the config: a tensor that not all of them have follows a
 * setting of config.json (layer types, a border, a period) or the place (first, last).
 * @param config of the output
 * @returns a line for each layer whose tensors do not fit
 */
export function layerSetProblems(
  config: string | undefined,
  lead: Checkpoint,
  layers: readonly LayerOrigin[],
  tensors: readonly Pick<NewTensor, 'name' | 'shape' | 'dtype'>[],
): string[] {
  const stacks = layerStacks(lead.tensors.keys(), readTextConfig(lead.config));
  const made = layerSets(tensors, stacks.text);
  const known = knownLayers(lead, stacks.text, stacks.layers);
  if (known.length === 0) return [];
  addOtherKinds(known, layers, stacks.text);
  const kindOf = layerKinds(config);
  const patterns = patternsOf(known, made.values());
  const patternOf = new Map(patterns.flatMap((pattern) => pattern.tensors.map((tensor) => [tensor, pattern] as const)));
  return layers.flatMap(({ checkpoint, layer }, at) => {
    const own = made.get(at) ?? new Set<string>();
    const [kind, place] = [kindOf(at), placeOf(at, layers.length)];
    const held = new Map<Pattern, number>();
    for (const tensor of own) {
      const pattern = patternOf.get(tensor);
      if (pattern !== undefined) held.set(pattern, (held.get(pattern) ?? 0) + 1);
    }
    const [lacks, extra]: [string[], string[]] = [[], []];
    for (const pattern of patterns) {
      const count = held.get(pattern) ?? 0;
      const expected = pattern.rule(kind, place);
      if (expected === true && count < pattern.tensors.length)
        lacks.push(...pattern.tensors.filter((one) => !own.has(one)));
      if (expected === false && count > 0) extra.push(...pattern.tensors.filter((one) => own.has(one)));
    }
    if (lacks.length + extra.length === 0) return [];
    const what = [lacks.length > 0 && `lacks ${shown(lacks)}`, extra.length > 0 && `has ${shown(extra)}`];
    const origin = `layer ${layer} of ${checkpoint.label}`;
    return [`layer ${at} (${origin}) ${what.filter(Boolean).join(' and ')}`];
  });
}

/** Tensors that the same layers have, and the rule that they follow. */
interface Pattern {
  readonly tensors: string[];
  readonly rule: PresenceRule;
}

function patternsOf(known: readonly KnownLayer[], made: Iterable<TensorSet>): Pattern[] {
  const holders = new Map<string, number[]>();
  for (const [index, { tensors }] of known.entries()) {
    for (const tensor of tensors) {
      const own = holders.get(tensor);
      if (own === undefined) holders.set(tensor, [index]);
      else own.push(index);
    }
  }
  for (const tensors of made) for (const tensor of tensors) if (!holders.has(tensor)) holders.set(tensor, []);
  const patterns = new Map<string, Pattern>();
  for (const [tensor, own] of holders) {
    const key = `${BY_PLACE.test(tensor)} ${own.join(' ')}`;
    const pattern = patterns.get(key);
    if (pattern === undefined) patterns.set(key, { tensors: [tensor], rule: presenceRule(tensor, known) });
    else pattern.tensors.push(tensor);
  }
  return [...patterns.values()];
}

/** Whether a layer of this kind in this place has the tensor; undefined: not known. */
type PresenceRule = (kind: LayerKind, place: string) => boolean | undefined;

function presenceRule(tensor: string, known: readonly KnownLayer[]): PresenceRule {
  const has = (layer: KnownLayer): boolean => layer.tensors.has(tensor);
  const first = known.some(has);
  if (known.every((layer) => has(layer) === first)) return () => first;
  const byPlace = lookup(known.map((layer) => [layer.place, has(layer)]));
  if (BY_PLACE.test(tensor) && byPlace !== undefined) return (_, place) => byPlace.get(place);
  const keys = [...new Set(known.flatMap(({ kind }) => [...kind.keys()]))];
  const explaining = keys.flatMap((key) => {
    const found = lookup(known.map((layer) => [layer.kind.get(key) ?? '', has(layer)]));
    return found === undefined ? [] : [(kind: LayerKind) => found.get(kind.get(key) ?? '')];
  });
  if (explaining.length > 0) {
    return (kind) => {
      const answers = explaining.map((rule) => rule(kind)).filter((answer) => answer !== undefined);
      // by accident, several settings may tell these layers apart: one that agrees is enough
      return answers.every((answer) => answer === answers[0]) ? answers[0] : undefined;
    };
  }
  const whole = (kind: LayerKind): string => JSON.stringify([...kind]);
  const byAll = lookup(known.map((layer) => [whole(layer.kind), has(layer)]));
  if (byAll !== undefined) return (kind) => byAll.get(whole(kind));
  return (_, place) => byPlace?.get(place);
}

/** A map from keys to answers, where every key has one answer only. */
function lookup(entries: readonly (readonly [string, boolean])[]): Map<string, boolean> | undefined {
  const answers = new Map<string, boolean>();
  for (const [key, answer] of entries) {
    if ((answers.get(key) ?? answer) !== answer) return undefined;
    answers.set(key, answer);
  }
  return answers;
}

function knownLayers(model: Checkpoint, prefixes: ReadonlySet<string>, count: number): KnownLayer[] {
  const sets = layerSets(model.tensors.values(), prefixes);
  const kindOf = layerKinds(model.config);
  return Array.from({ length: count }, (_, index) => index).flatMap((index) => {
    const tensors = sets.get(index);
    return tensors === undefined ? [] : [{ kind: kindOf(index), place: placeOf(index, count), tensors }];
  });
}

/** Layers of other models of kinds that the lead has none of. */
function addOtherKinds(known: KnownLayer[], layers: readonly LayerOrigin[], prefixes: ReadonlySet<string>): void {
  const own = new Set(known.map(({ kind }) => JSON.stringify([...kind])));
  const keys = JSON.stringify([...(known[0]?.kind.keys() ?? [])]);
  for (const model of new Set(layers.map(({ checkpoint }) => checkpoint))) {
    const { layers: count } = layerStacks(model.tensors.keys(), readTextConfig(model.config));
    for (const layer of knownLayers(model, prefixes, count)) {
      const isOther = !own.has(JSON.stringify([...layer.kind]));
      if (isOther && JSON.stringify([...layer.kind.keys()]) === keys) known.push(layer);
    }
  }
}

function layerSets(
  tensors: Iterable<Pick<NewTensor, 'name' | 'shape' | 'dtype'>>,
  prefixes: ReadonlySet<string>,
): Map<number, Set<string>> {
  const sets = new Map<number, Set<string>>();
  for (const { name, shape, dtype } of tensors) {
    const layer = layerOf(name);
    if (layer === undefined || !prefixes.has(layer.prefix)) continue;
    if (isBuffer({ name, dtype }) || MASK.test(name)) continue;
    const own = sets.get(layer.index) ?? new Set();
    sets.set(layer.index, own);
    const front = prefixes.size > 1 ? layer.prefix : '';
    own.add(`${front}${layer.rest.slice(1)} [${shape.join(', ')}]`);
  }
  return sets;
}

function placeOf(index: number, count: number): string {
  if (index === 0) return 'first';
  return index === count - 1 ? 'last' : 'middle';
}

function shown(tensors: readonly string[]): string {
  const [first = ''] = tensors;
  return tensors.length === 1 ? first : `${first} and ${tensors.length - 1} more`;
}
