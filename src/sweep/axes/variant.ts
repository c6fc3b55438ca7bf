import { createHash } from 'node:crypto';
import { assignmentsOf } from './assignments.ts';
import type { Assignment, Scalar, SweepSpec } from '../file/spec.ts';
import { isNode, isScalar, parse, parseDocument, stringify, visit } from 'yaml';

/** One merge of a sweep. */
export interface Variant {
  /** Its parameters and the start of its hash: the name of its folder, and of its rows. */
  readonly name: string;
  /** SHA-256, in hexadecimal, of the recipe with sorted keys. */
  readonly hash: string;
  readonly parameters: Assignment;
  /** The recipe, as YAML. */
  readonly recipe: string;
}

/** The longest name of a folder, in characters, before the hash. */
const LONGEST = 96;

export function variantOf(template: unknown, parameters: Assignment): Variant {
  const recipe = fillIn(template, parameters);
  const hash = createHash('sha256')
    .update(JSON.stringify(sorted(recipe)))
    .digest('hex');
  const words = Object.entries(parameters).map(([name, value]) => `${name}-${short(value)}`);
  const label = words.join('_').slice(0, LONGEST);
  return { name: `${label || 'variant'}_${hash.slice(0, 8)}`, hash, parameters, recipe: stringify(recipe) };
}

/** Variants whose recipes are equal, once each: the first counts. */
export function variantsOf(template: unknown, assignments: Iterable<Assignment>): Variant[] {
  const found = new Map<string, Variant>();
  for (const assignment of assignments) {
    const variant = variantOf(template, assignment);
    if (!found.has(variant.hash)) found.set(variant.hash, variant);
  }
  return [...found.values()];
}

/** A value as part of a file name: numbers with four digits, other characters than letters, digits, point and sign as "-". */
function short(value: Scalar): string {
  const text = typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value);
  return text.replace(/[^A-Za-z0-9.+-]/g, '-');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

const REFERENCE = /^\$([A-Za-z_][A-Za-z0-9_]*)$/;

/** A "$name" in a recipe, and where it stands. */
interface Reference {
  readonly name: string;
  readonly path: readonly (string | number)[];
}

/** Every scalar of a recipe that is "$name". */
export function referencesIn(template: unknown, path: readonly (string | number)[] = []): Reference[] {
  if (typeof template === 'string') {
    const name = REFERENCE.exec(template)?.[1];
    return name === undefined ? [] : [{ name, path }];
  }
  if (Array.isArray(template)) return template.flatMap((item, index) => referencesIn(item, [...path, index]));
  if (typeof template !== 'object' || template === null) return [];
  return Object.entries(template).flatMap(([key, value]) => referencesIn(value, [...path, key]));
}

/** The recipe with values in place of "$name"; "$$name" stands for the text "$name". A name without a value stays. */
export function fillIn(template: unknown, values: Assignment): unknown {
  if (typeof template === 'string') return fillScalar(template, values);
  if (Array.isArray(template)) return template.map((item) => fillIn(item, values));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, fillIn(value, values)]));
}

function fillScalar(text: string, values: Assignment): Scalar {
  if (text.startsWith('$$')) return text.slice(1);
  const name = REFERENCE.exec(text)?.[1];
  return name !== undefined && Object.hasOwn(values, name) ? (values[name] ?? text) : text;
}

/** A variant that is one model alone: which, and whether it is the recipe's base model. */
interface Alone {
  readonly model: string;
  readonly base: boolean;
}

/**
 * The model that a variant's recipe leaves as it is: a linear recipe with one weight that is not 0, or task arithmetic with
 * none. Undefined for every other recipe, and where weights are more than plain numbers.
 */
export function aloneOf(recipe: string): Alone | undefined {
  const root: unknown = parse(recipe, { logLevel: 'error' });
  if (!isMap(root) || !Array.isArray(root['models'])) return undefined;
  const named = root['base_model'];
  const weights: { readonly model: string; readonly weight: number }[] = [];
  for (const entry of root['models']) {
    const weight = isMap(entry) && isMap(entry['parameters']) ? entry['parameters']['weight'] : undefined;
    if (!isMap(entry) || typeof entry['model'] !== 'string' || typeof weight !== 'number') return undefined;
    weights.push({ model: entry['model'], weight });
  }
  const [first, ...more] = weights.filter(({ weight }) => weight !== 0);
  if (root['merge_method'] === 'task_arithmetic') {
    return first === undefined && typeof named === 'string' ? { model: named, base: true } : undefined;
  }
  if (root['merge_method'] !== 'linear' || first === undefined || more.length > 0) return undefined;
  const normalize = isMap(root['parameters']) ? root['parameters']['normalize'] : undefined;
  return first.weight === 1 || normalize !== false
    ? { model: first.model, base: first.model === (named ?? weights[0]?.model) }
    : undefined;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The recipe of a variant on the same lines as in sweep.yml, so that findings about it name lines of that file.
 * @param text sweep.yml, a map with `recipe`
 */
export function recipeInPlace(text: string, values: Assignment): string {
  const recipe = parseDocument(text).get('recipe', true);
  if (!isNode(recipe) || !recipe.range) return '';
  const [begin, end] = recipe.range;
  const edits: { from: number; to: number; value: string }[] = [];
  visit(recipe, {
    Scalar(key, node) {
      if (key === 'key' || !isScalar(node) || !node.range) return;
      const value = fillIn(node.value, values);
      if (value !== node.value) edits.push({ from: node.range[0], to: node.range[1], value: JSON.stringify(value) });
    },
  });
  let filled = text.slice(0, end);
  for (const { from, to, value } of edits.toReversed()) filled = filled.slice(0, from) + value + filled.slice(to);
  const line = text.lastIndexOf('\n', begin - 1) + 1;
  const above = '\n'.repeat(text.slice(0, line).split('\n').length - 1);
  return `${above}${' '.repeat(begin - line)}${filled.slice(begin)}`;
}

/** The variants that a sweep begins with, each once: all of them, but for greedy-soup, which adds some as it goes. */
export function variantsOfSweep(spec: SweepSpec): Variant[] {
  return variantsOf(spec.template, assignmentsOf(spec));
}
