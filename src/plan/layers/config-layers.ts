import { type Edit, findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';
import type { LayerOrigin } from '../match/match.ts';
import { readTextConfig } from './text-config.ts';

/** Lists whose length may be the number of layers by chance: they are about other things. */
const NOT_LAYERS = /(_token_ids?|^eos_token|^architectures|labels?|languages?|_section)$|^mtp_/;

/** Lists of layer numbers, instead of one entry a layer. */
export const LAYER_NUMBERS: ReadonlySet<string> = new Set([
  'mlp_only_layers',
  'moe_layers',
  'full_attn_idxs',
  'attn_layer_indices',
  'hybrid_layer_ids',
  'cross_attention_layers',
]);

/**
 * Edits that let what config.json says layer by layer follow the layers: lists with one entry a layer (`layer_types`), texts
 * with one letter a layer (`hybrid_override_pattern`), and lists of layer numbers. An entry is the one that the layer had in
 * its own model's config; where that has no such list, the one that the lead's has for that layer.
 * @param layers the output's layers in order
 * @returns the edits, and a line for each list that cannot be made
 */
export function layerListEdits(
  text: string,
  layers: readonly LayerOrigin[],
): { readonly edits: Edit[]; readonly problems: string[] } {
  const edits: Edit[] = [];
  const problems: string[] = [];
  const { path, layers: count } = readTextConfig(text);
  const settings = settingsAt(text, path);
  if (count === undefined || count === 0) return { edits, problems };
  const entriesOf = entryReader();
  for (const { key, value } of settings) {
    if (LAYER_NUMBERS.has(key)) {
      if (value.type === 'array') edits.push(replace(value, listText(text, value, layerNumbers(key, layers, text))));
      continue;
    }
    const own = entries(text, value);
    if (own?.length !== count || NOT_LAYERS.test(key) || isPeriod(key, value)) continue;
    const made = layers.map(({ checkpoint: { config }, layer }) => entriesOf(config, key)?.[layer] ?? own[layer]);
    if (made.every((entry) => entry !== undefined)) edits.push(replace(value, joined(text, value, made)));
    else
      problems.push(
        `config.json: ${[...path, key].join('.')} has ${count} entries, the output ${layers.length} layers`,
      );
  }
  return { edits, problems };
}

interface Setting {
  readonly key: string;
  readonly value: Node;
}

/** Keys and values of the object at `path`. */
function settingsAt(text: string, path: readonly string[]): Setting[] {
  const root = parseTree(text);
  const at = root && (path.length === 0 ? root : findNodeAtLocation(root, [...path]));
  return (at?.children ?? []).flatMap(({ children }) => {
    const [key, value] = children ?? [];
    return typeof key?.value === 'string' && value ? [{ key: key.value, value }] : [];
  });
}

/** Texts of a list's elements, or the letters of a pattern; undefined for every other value. */
function entries(text: string, value: Node): string[] | undefined {
  if (value.type === 'array') {
    return (value.children ?? []).map(({ offset, length }) => text.slice(offset, offset + length));
  }
  return typeof value.value === 'string' ? [...value.value] : undefined;
}

/** Only texts that are called a pattern have a letter a layer. */
function isPeriod(key: string, { type }: Node): boolean {
  return type === 'string' && !key.endsWith('_pattern');
}

/** Reads per-layer lists of models' configs, each config once. */
function entryReader(): (config: string | undefined, key: string) => readonly string[] | undefined {
  const known = new Map<string, ReadonlyMap<string, readonly string[]>>();
  return (config, key) => {
    if (config === undefined) return undefined;
    const lists = known.get(config) ?? layerLists(config);
    known.set(config, lists);
    return lists.get(key);
  };
}

/** The lists of a config.json that have one entry per layer, by key; entries as they are written. */
export function layerLists(config: string): ReadonlyMap<string, readonly string[]> {
  const { path, layers } = readTextConfig(config);
  const lists = new Map<string, readonly string[]>();
  for (const { key, value } of settingsAt(config, path)) {
    const own = entries(config, value);
    if (own === undefined || NOT_LAYERS.test(key) || isPeriod(key, value)) continue;
    if (own.length === layers) lists.set(key, own);
  }
  return lists;
}

/** Numbers of the output's layers that come from a layer which its own model's config lists. */
function layerNumbers(key: string, layers: readonly LayerOrigin[], lead: string): string[] {
  const listed = new Map<string, ReadonlySet<unknown>>();
  return layers.flatMap(({ checkpoint: { config = lead }, layer }, number) => {
    const own = listed.get(config) ?? numbersIn(config, key) ?? numbersIn(lead, key) ?? new Set();
    listed.set(config, own);
    return own.has(layer) ? [String(number)] : [];
  });
}

function numbersIn(config: string, key: string): ReadonlySet<unknown> | undefined {
  const setting = settingsAt(config, readTextConfig(config).path).find((one) => one.key === key);
  const items = setting?.value.type === 'array' ? setting.value.children : undefined;
  return items && new Set(items.map(({ value }): unknown => value));
}

function replace({ offset, length }: Node, content: string): Edit {
  return { offset, length, content };
}

function joined(text: string, value: Node, made: readonly string[]): string {
  return value.type === 'string' ? JSON.stringify(made.join('')) : listText(text, value, made);
}

/** A list written as the one it replaces: on one line or a line an element. */
function listText(text: string, { offset, length, children = [] }: Node, made: readonly string[]): string {
  const [first, second] = children;
  const last = children.at(-1);
  if (first === undefined || last === undefined || made.length === 0) return `[${made.join(', ')}]`;
  const begin = text.slice(offset, first.offset);
  const end = text.slice(last.offset + last.length, offset + length);
  const between =
    second === undefined ? `,${begin.slice(1) || ' '}` : text.slice(first.offset + first.length, second.offset);
  return begin + made.join(between) + end;
}
