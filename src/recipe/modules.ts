import { type Document, isMap, isScalar, isSeq, type Pair, type YAMLMap } from 'yaml';

/**
 * A recipe's `modules` with one module, mergekit's form for an architecture of one text model, as the recipe around it says
 * the same: its models or slices, its parameters before the recipe's own. The text's places stay, so that errors name lines.
 * @returns what is wrong, where it is no such module; undefined when done, or where there are no modules
 */
export function unwrapModule(document: Document): string | undefined {
  const root = document.contents;
  if (!isMap(root) || !root.has('modules')) return undefined;
  const modules = root.get('modules', true);
  if (!isMap(modules)) return 'expected a map from the name of a module to its models or slices';
  const names = modules.items.map(({ key }) => String(isScalar(key) ? key.value : key));
  const [only] = modules.items;
  if (names.length !== 1 || only === undefined) {
    return `expected one module (the text model), found ${names.length === 0 ? 'none' : names.join(', ')}`;
  }
  const module = only.value;
  if (!isMap(module)) return `expected models or slices in module ${names[0]}`;
  const strange = module.items.find(({ key }) => !isScalar(key) || !OF_MODULES.has(String(key.value)));
  if (strange !== undefined) return `${String(strange.key)}: a module has models or slices, and parameters`;
  if (root.has('models') || root.has('slices')) return 'a recipe has either modules, or models or slices of its own';
  root.delete('modules');
  for (const pair of module.items) {
    const outer = isKey(pair, 'parameters') ? root.get('parameters', true) : undefined;
    if (isMap(outer) && isMap(pair.value)) putBefore(document, pair.value, outer);
    else root.items.push(pair);
  }
  return undefined;
}

const OF_MODULES: ReadonlySet<string> = new Set(['models', 'slices', 'parameters']);

function isKey({ key }: Pair, name: string): boolean {
  return isScalar(key) && key.value === name;
}

/** The module's parameters count first; where their filters do not match, the recipe's. */
function putBefore(document: Document, inner: YAMLMap, outer: YAMLMap): void {
  for (const pair of inner.items) {
    const name = isScalar(pair.key) ? pair.key.value : undefined;
    const around = outer.get(name, true);
    outer.delete(name);
    if (around !== undefined && isSeq(pair.value) && pair.value.items.every(isMap)) {
      const rest = isSeq(around) && around.items.every(isMap) ? around.items : [document.createNode({ value: around })];
      pair.value.items.push(...rest);
    }
    outer.items.push(pair);
  }
}
