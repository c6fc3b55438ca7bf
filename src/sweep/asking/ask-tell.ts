import * as z from 'zod';
import { SwizzleError } from '../../errors.ts';
import { assignmentsOf } from '../axes/assignments.ts';
import type { Scores } from '../log/events.ts';
import { statusFile } from '../log/status-log.ts';
import { isThere } from '../running/variant-maker.ts';
import { readJsonLines } from './json-lines.ts';
import { makePass, type WaveTools } from '../running/run-wave.ts';
import { choosePassSize, openSweep, type SweepOptions } from '../running/run-sweep.ts';
import type { Assignment, SweepSpec } from '../file/spec.ts';
import { type Variant, variantOf, variantsOfSweep } from '../axes/variant.ts';

/** A variant handed out to be scored elsewhere. */
export interface AskedVariant {
  readonly variant: string;
  readonly parameters: Assignment;
  /** Its folder; undefined where nothing was made. */
  readonly model: string | undefined;
  readonly recipe: string;
}

/** Workers that ask and tell at the same time wait for one another. */
const PATIENCE_MS = 60_000;

/**
 * The next `count` variants that have no score and were not handed out before. Their folders are made, unless `noWrite`.
 * @returns fewer where the sweep has no more
 */
export async function askSweep(spec: SweepSpec, count: number, options: SweepOptions): Promise<AskedVariant[]> {
  const signal = options.signal ?? new AbortController().signal;
  await using open = await openSweep(spec, options, PATIENCE_MS);
  const { maker, session } = open;
  const next = variantsOfSweep(spec)
    .filter(({ name }) => {
      const known = session.state.get(name);
      return known === undefined || (!known.asked && known.state !== 'scored' && known.state !== 'failed');
    })
    .slice(0, count);
  await session.name(next);
  let made: Variant[] = next;
  if (options.noWrite !== true) {
    const passSize = await choosePassSize(spec, options, maker, undefined, session);
    const tools: WaveTools = {
      session,
      maker,
      scorer: undefined,
      objective: spec.objective,
      write: true,
      keep: Infinity,
      passSize,
      onWarning: options.onWarning,
      signal,
    };
    made = [];
    for (let begin = 0; begin < next.length; begin += passSize) {
      made.push(...(await makePass(next.slice(begin, begin + passSize), tools)));
    }
  }
  await session.record(...made.map(({ name }) => ({ event: 'asked', variant: name }) as const));
  return made.map(({ name, parameters, recipe }) => {
    const model = options.noWrite === true ? undefined : session.folderOf(name);
    return { variant: name, parameters, model, recipe };
  });
}

/**
 * Records scores made elsewhere and brings the report up to date. A line names a variant, or gives all its parameters.
 * @param path JSONL: {"variant": NAME, "scores": {…}} or {"parameters": {…}, "scores": {…}}
 * @returns how many
 * @throws SwizzleError 'usage' where `out` has no sweep; 'score' that names file and line; nothing is recorded then
 */
export async function tellSweep(spec: SweepSpec, path: string, options: SweepOptions): Promise<number> {
  if (!(await isThere(statusFile(options.out)))) {
    throw new SwizzleError('usage', `${options.out}: no sweep here to record scores in; run or --ask it first`, {
      details: { path: options.out },
    });
  }
  await using open = await openSweep(spec, options, PATIENCE_MS);
  const { session } = open;
  const known = new Map(variantsOfSweep(spec).map((variant) => [variant.name, variant]));
  const told: { variant: Variant; scores: Scores }[] = [];
  for (const { line, value } of await readJsonLines(path, toldLine)) {
    const fail = (message: string): SwizzleError =>
      new SwizzleError('score', `${path}:${line}: ${message}`, { details: { path } });
    const { parameters, scores } = value;
    const named = value.variant === undefined ? undefined : known.get(value.variant);
    const earlier = value.variant === undefined ? undefined : session.state.get(value.variant)?.parameters;
    const given = parameters ?? earlier;
    if (!named && !given) throw fail(`the sweep has no variant ${JSON.stringify(value.variant)}`);
    const { objective } = spec;
    if (objective && scores[objective.metric] === undefined) throw fail(`scores have no ${objective.metric}`);
    told.push({ variant: named ?? variantOf(spec.template, given ?? {}), scores });
  }
  await session.name(told.map(({ variant }) => variant));
  await session.record(
    ...told.map(({ variant, scores }) => {
      return { event: 'scored', variant: variant.name, scores, seconds: 0, attempts: 1 } as const;
    }),
  );
  await session.writeReport();
  return told.length;
}

/**
 * The sweep with points chosen elsewhere in place of its strategy.
 * @param path JSONL: one object of parameters a line
 * @throws SwizzleError 'recipe' that names file and line where a parameter is missing or unknown
 */
export async function withPoints(spec: SweepSpec, path: string): Promise<SweepSpec> {
  const [example = {}] = assignmentsOf(spec);
  const names = Object.keys(example).sort().join(', ');
  const variants = (await readJsonLines(path, point)).map(({ line, value }) => {
    const found = Object.keys(value).sort().join(', ');
    if (found === names) return value;
    throw new SwizzleError('recipe', `${path}:${line}: expected the parameters ${names}, found ${found}`, {
      details: { path },
    });
  });
  if (variants.length === 0) throw new SwizzleError('recipe', `${path}: has no points`, { details: { path } });
  return { ...spec, strategy: 'list', variants };
}

const scalar = z.union([z.number(), z.string(), z.boolean()]);
const point: z.ZodType<Assignment> = z.record(z.string(), scalar);

interface ToldLine {
  readonly variant?: string | undefined;
  readonly parameters?: Assignment | undefined;
  readonly scores: Scores;
}

const toldLine: z.ZodType<ToldLine> = z.object({
  variant: z.string().optional(),
  parameters: point.optional(),
  scores: z.record(z.string(), z.number()),
});
