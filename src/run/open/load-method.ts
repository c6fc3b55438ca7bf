import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { messageOf, SwizzleError } from '../../errors.ts';
import type { MergeMethod } from '../../plan/methods/method.ts';

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
 * Loads a merge method from a JavaScript module: its export `method`, or its default export. The module runs with the rights of this
 * process: it is named on the command line only, never by a recipe.
 * @throws SwizzleError 'usage' that says what is missing
 */
export async function loadMethod(path: string): Promise<MergeMethod> {
  const module: unknown = await import(pathToFileURL(resolve(path)).href).catch((cause: unknown) => {
    throw new SwizzleError('usage', `--method ${path}: ${messageOf(cause)}`, { cause });
  });
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
