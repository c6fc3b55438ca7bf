import * as z from 'zod';
import { floatDtypeNames, type FloatDtype, parseFloatDtype } from '../dtype.ts';
import { didYouMean } from '../nearest.ts';
import { type StoredOptionsText, storedOptionsSchema } from './stored-options.ts';

type Maybe<T> = T | null | undefined;

type ValueText = number | boolean | readonly number[] | string | readonly string[];

interface FilteredText {
  readonly filter?: Maybe<string>;
  readonly value: ValueText;
}

type ParameterText = ValueText | FilteredText | readonly FilteredText[];

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
  readonly base_model?: Maybe<string>;
}

/** One entry of `postprocess`. */
export interface PassText {
  readonly method: string;
  readonly [parameter: string]: ParameterText;
}

/** `tokenizer` as written. */
export interface TokenizerText {
  readonly source?: Maybe<string>;
  readonly tokens?: Maybe<Readonly<Record<string, TokenText>>>;
  readonly pad_to_multiple_of?: Maybe<number>;
}

/** One entry of `tokens`. */
export interface TokenText {
  readonly source?: Maybe<
    | string
    | { readonly kind: 'zero' }
    | {
        readonly kind: 'model_token';
        readonly model: string;
        readonly token?: Maybe<string>;
        readonly token_id?: Maybe<number>;
      }
  >;
  readonly force?: Maybe<boolean>;
}

/** A recipe as written, after validation: model references as one string, dtypes as safetensors spells them. */
export interface RecipeText {
  readonly name?: Maybe<string>;
  readonly merge_method: string;
  readonly models?: Maybe<readonly SourceText[]>;
  readonly slices?: Maybe<readonly SliceText[]>;
  readonly base_model?: Maybe<string>;
  readonly parameters?: Maybe<ParametersText>;
  readonly dtype?: Maybe<FloatDtype>;
  readonly out_dtype?: Maybe<FloatDtype>;
  readonly tokenizer_source?: Maybe<string>;
  readonly tokenizer?: Maybe<TokenizerText>;
  readonly chat_template?: Maybe<string>;
  readonly random_seed?: Maybe<number>;
  readonly postprocess?: Maybe<readonly PassText[]>;
  readonly swizzle?: Maybe<StoredOptionsText>;
}

const NUMBER = /^[-+]?(\d[\d_]*\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const SWITCHES: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  false: false,
  no: false,
  off: false,
};

/** "0.5", "1_000", "yes": what Python's YAML or pydantic reads as numbers and switches. */
const quoted = z.string().transform((text, context): number | boolean => {
  const plain = text.trim().toLowerCase();
  if (NUMBER.test(plain)) return Number(plain.replaceAll('_', ''));
  const value = Object.hasOwn(SWITCHES, plain) ? SWITCHES[plain] : undefined;
  if (value === undefined) context.addIssue('expected a number');
  return value ?? z.NEVER;
});
const number = z.union([z.number(), quoted.pipe(z.number())], { error: 'expected a number' });
const scalar = z.union([z.number(), z.boolean(), quoted], { error: 'expected a number' });
const gradient = z.array(number).min(1, 'expected at least one number');
const plain = z.union([scalar, gradient], {
  error: 'expected a number or a list of numbers (a layer gradient)',
});
const filtered = z.strictObject({ filter: z.string().nullish(), value: plain });
const setting = z.union([plain, filtered, z.array(filtered).min(1)], {
  error: 'expected a number, a list of numbers (a layer gradient) or a list of {filter, value}',
});
const word = z.string().min(1);
const words = z.union([word, z.array(word)], { error: 'expected a word or a list of words' }).optional();
/** Parameters that are words; all others are numbers. */
const texts = { calibration: words, exclude: words, solver: words };
const parameters = z.object(texts, 'expected a map from parameter names to values').catchall(setting).nullish();

const path = z.union([
  z.string().min(1),
  z
    .strictObject({ path: z.string().min(1), revision: z.string().nullish() })
    .transform(({ path, revision }) => (revision ? `${path}@${revision}` : path)),
]);
/** A model as one string: `base`, `base@revision`, `base+adapter`. */
export const modelReference: z.ZodType<string> = z.union(
  [
    path,
    z
      .strictObject({ model: path, lora: path.nullish(), override_architecture: z.string().nullish() })
      .transform(({ model, lora }) => (lora ? `${model}+${lora}` : model)),
  ],
  { error: 'expected a model: a folder, a .safetensors file or org/name' },
);

const layer = number.pipe(z.int().min(0));
const layerRange = z.tuple([layer, layer], 'expected [first layer, layer behind the last]');

export const dtype: z.ZodType<FloatDtype | null | undefined> = z
  .string()
  .transform((name, context) => {
    const found = parseFloatDtype(name);
    if (found === undefined) {
      const names = floatDtypeNames();
      context.addIssue(`expected one of ${names.join(', ')}${didYouMean(name, names)}`);
    }
    return found;
  })
  .nullish();

const tokenSource = z.union(
  [
    z.strictObject({ kind: z.literal('zero') }),
    z.strictObject({
      kind: z.literal('model_token'),
      model: modelReference,
      token: z.string().nullish(),
      token_id: z.int().min(0).nullish(),
    }),
    modelReference,
  ],
  { error: 'expected a model, {kind: model_token, model, token or token_id} or {kind: zero}' },
);

const tokenizer = z.strictObject({
  source: modelReference.nullish(),
  tokens: z
    .record(z.string(), z.strictObject({ source: tokenSource.nullish(), force: z.boolean().nullish() }))
    .nullish(),
  pad_to_multiple_of: z.int('expected a whole number').min(1, 'expected 1 or more').nullish(),
});

/** mergekit's MergeConfiguration, the keys that mean something here; every other key is an error. */
export const recipeSchema: z.ZodType<RecipeText> = z.strictObject({
  name: z.string().min(1).nullish(),
  merge_method: z.string(),
  models: z
    .array(z.strictObject({ model: modelReference, parameters }))
    .min(1)
    .nullish(),
  slices: z
    .array(
      z.strictObject({
        sources: z
          .array(z.strictObject({ model: modelReference, parameters, layer_range: layerRange.nullish() }))
          .min(1),
        parameters,
        base_model: modelReference.nullish(),
      }),
    )
    .min(1)
    .nullish(),
  base_model: modelReference.nullish(),
  parameters,
  dtype,
  out_dtype: dtype,
  tokenizer_source: modelReference.nullish(),
  tokenizer: tokenizer.nullish(),
  chat_template: z.string('expected a template or the name of one').nullish(),
  random_seed: z.int('expected an integer').nullish(),
  postprocess: z
    .array(z.object({ method: word, calibration: words }).catchall(setting), 'expected a list of passes')
    .nullish(),
  swizzle: storedOptionsSchema.nullish(),
});
