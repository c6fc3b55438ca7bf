import { parse } from 'yaml';

/** A variant that is one model alone: which, and whether it is the recipe's base model. */
export interface Alone {
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
