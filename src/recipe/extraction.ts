import { stringify } from 'yaml';
import * as z from 'zod';
import { DTYPES, type FloatDtype, parseFloatDtype } from '../dtype.ts';
import { refuseOtherKind } from './file-kind.ts';
import { dataOf, parseYaml, validationError } from './yaml-error.ts';

/** What `extract` was given: enough to make the same adapter again. */
export interface ExtractionRecipe {
  readonly base: string;
  readonly model: string;
  readonly rank: number;
  readonly dtype: FloatDtype;
  readonly saveModules: boolean;
  readonly seed: number;
}

/** The recipe as YAML, for swizzle_recipe.yml in the adapter's folder. */
export function extractionRecipe({ dtype, saveModules, seed, ...own }: ExtractionRecipe): string {
  return stringify({
    extract: { ...own, dtype: DTYPES[dtype].torch, save_modules: saveModules, random_seed: seed },
  });
}

const schema = z.strictObject({
  extract: z.strictObject({
    base: z.string('expected a model').min(1),
    model: z.string('expected a model').min(1),
    rank: z.int('expected a whole number').min(1, 'expected 1 or more').default(32),
    dtype: z
      .string()
      .default('float32')
      .transform((name, context): FloatDtype => {
        const found = parseFloatDtype(name);
        if (found === undefined) context.addIssue('expected float32, float16 or bfloat16');
        return found ?? z.NEVER;
      }),
    save_modules: z.boolean('expected true or false').default(false),
    random_seed: z.int('expected a whole number').min(0).default(0),
  }),
});

/** @throws SwizzleError 'recipe' with file and line; 'usage' for a recipe of another command */
export function parseExtraction(file: string, text: string): ExtractionRecipe {
  const yaml = parseYaml(file, text);
  refuseOtherKind(yaml, 'extraction');
  const parsed = schema.safeParse(dataOf(yaml));
  if (!parsed.success) throw validationError(yaml, parsed.error, () => undefined);
  const { save_modules: saveModules, random_seed: seed, ...own } = parsed.data.extract;
  return { ...own, saveModules, seed };
}
