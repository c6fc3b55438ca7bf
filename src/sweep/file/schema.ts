import * as z from 'zod';
import type { AxisText, SweepText } from './sweep-text.ts';

const scalar = z.union([z.number(), z.string(), z.boolean()], { error: 'expected a number, a text or true/false' });
const name = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected a name of letters, digits and _, not starting with a digit');
const count = z.int('expected a whole number').min(1, 'expected 1 or more');
const seed = z.int('expected a whole number').optional();
const scale = z.enum(['linear', 'log'], 'expected linear or log').default('linear');
const bounds = { from: z.number(), to: z.number(), scale };

const range = z.strictObject({ from: z.number(), to: z.number(), step: z.number() });
const spaced = z.strictObject({ ...bounds, count });
const drawn = z.strictObject({ ...bounds, count: count.optional(), seed });

const EXPECTED_AXIS =
  'expected a list of values, or one of {range: …}, {linspace: …}, {random: …}, {lhs: …}, {simplex: […], …}';

const list = z.array(scalar).min(1, 'expected at least one value');
const simplex = z.strictObject({
  simplex: z.array(name).min(2, 'expected two parameters or more'),
  steps: count.optional(),
  count: count.optional(),
  alpha: z.number().positive('expected a number above 0').default(1),
  seed,
});

const KINDS: Readonly<Record<string, z.ZodType<AxisText>>> = {
  range: z.strictObject({ range }),
  linspace: z.strictObject({ linspace: spaced }),
  random: z.strictObject({ random: drawn }),
  lhs: z.strictObject({ lhs: drawn }),
  simplex,
};

/** Not a union, so that what is wrong inside an axis is said of the kind that its key names. */
const axis = z.unknown().transform((value, context): AxisText => {
  const kind = typeof value === 'object' && value !== null && Object.keys(KINDS).find((key) => key in value);
  const schema: z.ZodType<AxisText> | undefined = Array.isArray(value) ? list : kind ? KINDS[kind] : undefined;
  const parsed = schema?.safeParse(value);
  if (parsed?.success) return parsed.data;
  if (parsed === undefined) context.addIssue(EXPECTED_AXIS);
  for (const { message, path } of parsed?.error.issues ?? []) context.addIssue({ code: 'custom', message, path });
  return z.NEVER;
});

const command = z.strictObject({
  command: z.array(z.string()).min(1, 'expected a program and its arguments'),
  concurrency: count.default(1),
  timeout: z.number().positive('expected seconds above 0').default(3600),
  retries: z.int().min(0, 'expected 0 or more').default(0),
  inputs: z.array(z.string().min(1)).optional(),
});
const distance = z.strictObject({
  distance: z.strictObject({ to: z.union([z.literal('inputs'), z.string(), z.array(z.string()).min(1)]) }),
});
const file = z.strictObject({ file: z.string().min(1), key: z.string().optional() });

const loss = z.strictObject({
  loss: z.strictObject({
    data: z.string().min(1),
    batch_size: count.optional(),
    max_input_length: count.optional(),
    negatives: count.optional(),
    seed,
  }),
});

const score = z.union([z.literal('distance'), command, distance, file, loss], {
  error:
    'expected {loss: {data: FILE}}, {command: [program, arguments]}, distance, {distance: {to: MODEL}} or {file: scores.csv}',
});

const goal = z.enum(['min', 'max'], 'expected min or max');

/** sweep.yml as written; every other key is an error. */
export const sweepSchema: z.ZodType<SweepText> = z.strictObject({
  recipe: z.record(z.string(), z.unknown(), 'expected a recipe with $name in place of values'),
  axes: z.record(name, axis, 'expected a map from parameter names to their values').default({}),
  variants: z.array(z.record(name, scalar)).min(1).optional(),
  strategy: z
    .enum(['grid', 'random', 'lhs', 'list', 'greedy-soup'], 'expected grid, random, lhs, list or greedy-soup')
    .optional(),
  count: count.optional(),
  seed: z.int('expected a whole number').default(0),
  score: score.optional(),
  objective: z.strictObject({ metric: z.string().min(1), goal: goal.default('min') }).optional(),
  pareto: z.record(z.string(), goal, 'expected two metrics, each min or max').optional(),
  keep: z
    .union([z.int().min(0), z.enum(['all', 'none'])], { error: 'expected a number of folders, all or none' })
    .default('all'),
  limits: z
    .strictObject({
      variants: count.default(10_000),
      disk: z.union([z.number().positive(), z.string()]).optional(),
      per_pass: count.optional(),
    })
    .default({ variants: 10_000 }),
});
