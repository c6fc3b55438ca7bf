import type { Assignment, Scalar } from '../file/spec.ts';

const REFERENCE = /^\$([A-Za-z_][A-Za-z0-9_]*)$/;

/** A "$name" in a recipe, and where it stands. */
export interface Reference {
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
