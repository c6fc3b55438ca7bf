import { createHash } from 'node:crypto';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { messageOf, SwizzleError, systemCode } from '../../errors.ts';
import { findPath, searchedFolders } from '../../find-path.ts';
import type { CheckedRecipe } from '../../plan/methods/check.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import type { MergeMethod } from '../../plan/methods/method.ts';
import { openRegular, readBytes } from '../../regular-file.ts';

const parameter = z.object({
  name: z.string().min(1),
  scope: z.enum(['model', 'recipe']),
  type: z.enum(['number', 'boolean']),
  default: z.union([z.number(), z.boolean()]).optional(),
  range: z.tuple([z.number(), z.number()]).optional(),
  help: z.string().default(''),
});

const form = z.object({
  name: z.string().min(1),
  title: z.string().optional(),
  source: z.string().default('your own'),
  summary: z.string().default(''),
  parameters: z.array(parameter),
  random: z.boolean().optional(),
  models: z.object({ min: z.number(), max: z.number() }),
  base: z.enum(['computes', 'optional', 'first', 'layout']),
});

/**
 * The module that a command names with --method.
 * @param folder the recipe's, where a relative path is looked up after the current folder
 * @throws SwizzleError 'usage' where it cannot be read
 */
export async function openModule(named: string, folder: string = '.'): Promise<NonNullable<CheckedRecipe['module']>> {
  const path = (await findPath(named, folder)) ?? named;
  const text = await readBytes(path).catch((cause: unknown) => {
    const what = systemCode(cause) === 'ENOENT' ? `no such file${searchedFolders(named, folder)}` : messageOf(cause);
    throw new SwizzleError('usage', `--method ${named}: ${what}`, { cause, details: { path } });
  });
  return { path: resolve(path), sha256: createHash('sha256').update(text).digest('hex') };
}

/**
 * The module that a recipe keeps, if it keeps one: seen from the recipe's folder. Its checksum must be the recipe's, so that a recipe
 * runs no other code than what it was made with.
 * @throws SwizzleError 'recipe' for another file than that; 'usage' where it cannot be read
 */
export async function storedModule({ file, directory, options }: Recipe): Promise<CheckedRecipe['module']> {
  const { method, method_sha256: expected } = options;
  if (method === undefined) return undefined;
  const module = await openModule(isAbsolute(method) ? method : join(directory, method));
  if (module.sha256 === expected) return module;
  const what = expected === undefined ? 'has no method_sha256' : 'has changed since this recipe was written';
  throw new SwizzleError('recipe', `${file}: swizzle.method: ${method} ${what}; pass --method ${method} to use it`, {
    details: { file, path: module.path, expected, found: module.sha256 },
  });
}

/**
 * Loads a merge method from a JavaScript module: its export `method`, or its default export. The module runs with the rights of this
 * process.
 * @throws SwizzleError 'usage' that says what is missing
 */
export async function loadMethod(path: string): Promise<MergeMethod> {
  const fail = (cause: unknown): never => {
    throw new SwizzleError('usage', `--method ${path}: ${messageOf(cause)}`, { cause });
  };
  await (await openRegular(path).catch(fail)).file.close();
  const module: unknown = await import(pathToFileURL(resolve(path)).href).catch(fail);
  const exported = propertyOf(module, 'method') ?? propertyOf(module, 'default');
  if (exported === undefined) throw new SwizzleError('usage', `--method ${path}: exports no \`method\``);
  const parsed = form.safeParse(exported);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new SwizzleError('usage', `--method ${path}: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const work = propertyOf(exported, 'work');
  if (!isFunction(work)) throw new SwizzleError('usage', `--method ${path}: work: expected a function`);
  const { title, ...rest } = parsed.data;
  return {
    ...rest,
    title: title ?? rest.name,
    parameters: rest.parameters.map((one) => ({ ...one, default: one.default })),
    work: (tensor) => work.call(exported, tensor),
  };
}

function propertyOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && key in value ? Reflect.get(value, key) : undefined;
}

function isFunction(value: unknown): value is MergeMethod['work'] {
  return typeof value === 'function';
}
