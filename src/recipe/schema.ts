import * as z from 'zod';
import { floatDtypeNames, type FloatDtype, parseFloatDtype } from '../dtype.ts';
import type { ParameterValue } from './parameters.ts';

type Maybe<T> = T | null | undefined;

type ParameterText = ParameterValue | readonly { readonly filter?: Maybe<string>; readonly value: ParameterValue }[];

/** `parameters` as written, at any level. */
export type ParametersText = Readonly<Record<string, ParameterText>>;

/** One entry of `models` or `sources`. */
export interface SourceText {
  readonly model: string;
  readonly parameters?: Maybe<ParametersText>;
  readonly layer_range?: Maybe<readonly [number, number]>;
}

/** One entry of `slices`. */
export interface SliceText {
  readonly sources: readonly SourceText[];
  readonly parameters?: Maybe<ParametersText>;
}

/** A recipe as written, after validation: model references as one string, dtypes as safetensors spells them. */
export interface RecipeText {
  readonly merge_method: string;
  readonly models?: Maybe<readonly SourceText[]>;
  readonly slices?: Maybe<readonly SliceText[]>;
  readonly base_model?: Maybe<string>;
  readonly parameters?: Maybe<ParametersText>;
  readonly dtype?: Maybe<FloatDtype>;
  readonly out_dtype?: Maybe<FloatDtype>;
  readonly tokenizer_source?: Maybe<string>;
}

const scalar = z.union([z.number(), z.boolean()], { error: 'expected a number' });
const gradient = z.array(z.number()).min(1, 'expected at least one number');
const plain = z.union([scalar, gradient], { error: 'expected a number or a list of numbers (a layer gradient)' });
const filtered = z.strictObject({ filter: z.string().nullish(), value: plain });
const setting = z.union([plain, z.array(filtered).min(1)], {
  error: 'expected a number, a list of numbers (a layer gradient) or a list of {filter, value}',
});
const parameters = z.record(z.string(), setting, 'expected a map from parameter names to values').nullish();

const model = z.union(
  [
    z.string().min(1),
    z
      .strictObject({ path: z.string().min(1), revision: z.string().nullish() })
      .transform(({ path, revision }) => (revision ? `${path}@${revision}` : path)),
    z
      .strictObject({ model: z.strictObject({ path: z.string().min(1), revision: z.string().nullish() }) })
      .transform(({ model: { path, revision } }) => (revision ? `${path}@${revision}` : path)),
  ],
  { error: 'expected a model: a folder, a .safetensors file or org/name' },
);

const layerRange = z.tuple([z.int().min(0), z.int().min(0)], 'expected [first layer, layer behind the last]');

const dtype = z
  .string()
  .transform((name, context) => {
    const found = parseFloatDtype(name);
    if (found === undefined) context.addIssue(`expected one of ${floatDtypeNames().join(', ')}`);
    return found;
  })
  .nullish();

/** mergekit's MergeConfiguration, the keys that mean something here; every other key is an error. */
export const recipeSchema: z.ZodType<RecipeText> = z.strictObject({
  merge_method: z.string(),
  models: z.array(z.strictObject({ model, parameters })).min(1).nullish(),
  slices: z
    .array(
      z.strictObject({
        sources: z.array(z.strictObject({ model, parameters, layer_range: layerRange.nullish() })).min(1),
        parameters,
      }),
    )
    .min(1)
    .nullish(),
  base_model: model.nullish(),
  parameters,
  dtype,
  out_dtype: dtype,
  tokenizer_source: z.string().nullish(),
});
