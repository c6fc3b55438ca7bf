import * as z from 'zod';
import type { ExampleLosses } from '../../example-losses.ts';
import type { Assignment } from '../file/spec.ts';
import type { SweepIdentity } from './identity.ts';

/** Numbers that a scorer gave, by metric. */
export type Scores = Readonly<Record<string, number>>;

/** One line of sweep.jsonl. */
export type SweepEvent =
  /** First line: what the sweep computes and scores (see identity.ts). A sweep with another key is another sweep. */
  | {
      readonly event: 'sweep';
      readonly key: string;
      readonly time: string;
      readonly identity?: SweepIdentity | undefined;
    }
  | { readonly event: 'variant'; readonly variant: string; readonly parameters: Assignment; readonly recipe: string }
  | { readonly event: 'made'; readonly variant: string; readonly bytes: number; readonly seconds: number }
  | {
      readonly event: 'scored';
      readonly variant: string;
      readonly scores: Scores;
      readonly examples?: ExampleLosses | undefined;
      readonly seconds: number;
      readonly attempts: number;
      /** When: two processes may have scored the same variant. */
      readonly time?: string | undefined;
    }
  | {
      readonly event: 'failed';
      readonly variant: string;
      readonly stage: 'merge' | 'score';
      readonly message: string;
      /** The end of what the scorer printed. */
      readonly output: string;
      readonly attempts: number;
    }
  | { readonly event: 'deleted'; readonly variant: string }
  /** A failed variant goes back to the start. */
  | { readonly event: 'retried'; readonly variant: string }
  /** Handed out by --ask. */
  | { readonly event: 'asked'; readonly variant: string };

const exampleLosses: z.ZodType<ExampleLosses> = z.object({
  sums: z.array(z.number()),
  counts: z.array(z.tuple([z.number(), z.number()])),
  groups: z.array(z.tuple([z.string(), z.number()])),
  right: z.record(z.string(), z.string()).optional(),
});

const variant = z.string();
const scalar = z.union([z.number(), z.string(), z.boolean()]);

export const eventSchema: z.ZodType<SweepEvent> = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('sweep'),
    key: z.string(),
    time: z.string(),
    identity: z.record(z.string(), z.string()).optional(),
  }),
  z.object({ event: z.literal('variant'), variant, parameters: z.record(z.string(), scalar), recipe: z.string() }),
  z.object({ event: z.literal('made'), variant, bytes: z.number(), seconds: z.number() }),
  z.object({
    event: z.literal('scored'),
    variant,
    scores: z.record(z.string(), z.number()),
    examples: exampleLosses.optional(),
    seconds: z.number(),
    attempts: z.number(),
    time: z.string().optional(),
  }),
  z.object({
    event: z.literal('failed'),
    variant,
    stage: z.enum(['merge', 'score']),
    message: z.string(),
    output: z.string(),
    attempts: z.number(),
  }),
  z.object({ event: z.enum(['deleted', 'retried', 'asked']), variant }),
]);

/** The event that a line means, or undefined. */
export function parseEvent(line: string): SweepEvent | undefined {
  try {
    return eventSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
