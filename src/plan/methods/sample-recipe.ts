import { stringify } from 'yaml';
import type { MergeMethod, ParameterSpec } from './method.ts';

/** What parameters without a default are set to in a sample. */
const SAMPLES: Readonly<Record<string, number>> = { weight: 0.5, t: 0.5 };

/** A recipe that shows the method: its least number of models, and every parameter, defaults too. */
export function sampleRecipe({ name, parameters, models, base }: MergeMethod): string {
  const value = (spec: ParameterSpec): unknown => SAMPLES[spec.name] ?? spec.default ?? 1;
  const settings = (scope: ParameterSpec['scope']): object => {
    const own = parameters.filter((spec) => spec.scope === scope).map((spec) => [spec.name, value(spec)]);
    return own.length > 0 ? { parameters: Object.fromEntries(own) } : {};
  };
  const first = base === 'first' ? ['base-model'] : [];
  const count = Math.max(models.min, Math.min(2, models.max)) - first.length;
  const tuned = Array.from({ length: count }, (_, i) => `fine-tune-${i + 1}`);
  return stringify({
    merge_method: name,
    ...(base === 'computes' || base === 'first' ? { base_model: 'base-model' } : {}),
    models: [...first, ...tuned].map((model) => ({ model, ...settings('model') })),
    ...settings('recipe'),
    dtype: 'bfloat16',
  });
}
