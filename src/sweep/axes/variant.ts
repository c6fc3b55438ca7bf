import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import type { Assignment, Scalar } from '../file/spec.ts';
import { fillIn } from './template.ts';

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
