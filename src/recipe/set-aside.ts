import { isMap, isNode, isScalar, visit } from 'yaml';
import { ignoredKey, isKnownKey, type Level } from './keys.ts';
import { errorAt, type YamlText } from './yaml-error.ts';

/** A recipe's data without the keys that mean nothing, and a line on each of those that the user should know of. */
export interface SetAside {
  readonly data: unknown;
  readonly notes: readonly string[];
}

/**
 * Takes out of a recipe what is there for others: keys of their own that only hold anchors, `x-` keys, and options of
 * mergekit that mean nothing here.
 */
export function setAside(yaml: YamlText, data: unknown): SetAside {
  const notes: string[] = [];
  const holders = anchorHolders(yaml);
  const clean = (value: unknown, level: Level, path: readonly PropertyKey[]): unknown => {
    if (!isRecord(value)) return value;
    const kept = Object.entries(value).filter(([key]) => {
      if (level === 'recipe' && (holders.has(key) || key.startsWith('x-'))) return false;
      const note = ignoredKey(level, key);
      if (note !== undefined) notes.push(errorAt(yaml, [...path, key], note).message);
      return note === undefined;
    });
    return Object.fromEntries(kept);
  };
  const list = (value: unknown, level: Level, path: readonly PropertyKey[]): unknown => {
    return Array.isArray(value) ? value.map((item, index) => clean(item, level, [...path, index])) : value;
  };
  const root = clean(data, 'recipe', []);
  if (!isRecord(root)) return { data, notes };
  const slices = list(root['slices'], 'slice', ['slices']);
  const inner = Array.isArray(slices)
    ? slices.map((slice: unknown, index): unknown => {
        if (!isRecord(slice)) return slice;
        return { ...slice, sources: list(slice['sources'], 'source', ['slices', index, 'sources']) };
      })
    : slices;
  for (const path of architectures(root, [])) notes.push(errorAt(yaml, path, OVERRIDE).message);
  const models = list(root['models'], 'model', ['models']);
  return { data: { ...root, ...('slices' in root && { slices: inner }), ...('models' in root && { models }) }, notes };
}

/** Top-level keys of the user's own whose value has an anchor in it: they are there to be referred to. */
function anchorHolders({ document }: YamlText): Set<string> {
  const holders = new Set<string>();
  if (!isMap(document.contents)) return holders;
  for (const { key, value } of document.contents.items) {
    const name = isScalar(key) ? String(key.value) : '';
    if (isKnownKey('recipe', name) || !isNode(value)) continue;
    let anchored = false;
    visit(value, {
      Value(_, node) {
        anchored ||= node.anchor !== undefined;
      },
    });
    if (anchored) holders.add(name);
  }
  return holders;
}

const OVERRIDE = 'has no effect here; models are matched by their tensors, whatever their architecture is called';

/** Where a model is named together with an architecture that it should be read as. */
function architectures(value: unknown, path: readonly PropertyKey[]): PropertyKey[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const own = [...path, Array.isArray(value) ? Number(key) : key];
    return key === 'override_architecture' && typeof inner === 'string' ? [own] : architectures(inner, own);
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
