import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { ExpertsWanted } from '../../plan/align/lead-experts.ts';
import type { Variant } from '../../sweep/axes/variant.ts';
import type { SweepIdentity } from '../../sweep/log/identity.ts';
import { eventSchema, type SweepEvent } from '../../sweep/log/events.ts';

/** Variants that are made from one read and scored where that happens: what is given out at once. */
export interface Unit {
  /** Which sweep: see `sweepId`. */
  readonly sweep: string;
  /** Whether folders stay that the scorer does not need. */
  readonly write: boolean;
  readonly variants: readonly Variant[];
}

/** What all units of a sweep have in common: it is on the queue's server once. */
export interface QueuedWork {
  /** A worker whose own differs does not take the units. */
  readonly identity: SweepIdentity;
  /** The sweep file: its absolute path, and what it says. */
  readonly file: string;
  readonly text: string;
  /** The sweep's folder, absolute. Where a worker sees it, variants are made there. */
  readonly out: string;
  readonly shardBytes?: number | undefined;
  readonly onOverflow?: 'inf' | 'saturate' | 'error' | undefined;
  readonly allowMissing?: boolean | undefined;
  readonly experts?: ExpertsWanted | undefined;
}

const scalar = z.union([z.number(), z.string(), z.boolean()]);

const unitSchema: z.ZodType<Unit> = z.object({
  sweep: z.string(),
  write: z.boolean(),
  variants: z.array(
    z.object({ name: z.string(), hash: z.string(), parameters: z.record(z.string(), scalar), recipe: z.string() }),
  ),
});

const workSchema: z.ZodType<QueuedWork> = z.object({
  identity: z.record(z.string(), z.string()),
  file: z.string(),
  text: z.string(),
  out: z.string(),
  shardBytes: z.number().optional(),
  onOverflow: z.enum(['inf', 'saturate', 'error']).optional(),
  allowMissing: z.boolean().optional(),
  experts: z.enum(['packed', 'separate']).optional(),
});

/** What comes back of a unit, as a whole and while it is under way. */
export interface UnitReport {
  readonly host: string;
  readonly events: readonly SweepEvent[];
}

const reportSchema: z.ZodType<UnitReport> = z.object({
  host: z.string(),
  events: z.array(eventSchema),
});

/** @throws ZodError for what is no unit of this version */
export function parseUnit(data: unknown): Unit {
  return unitSchema.parse(data);
}

/** @throws ZodError for what is none of this version */
export function parseWork(text: string): QueuedWork {
  return workSchema.parse(JSON.parse(text));
}

/** Undefined for what is no report. */
export function parseReport(data: unknown): UnitReport | undefined {
  return reportSchema.safeParse(data).data;
}

/** The same unit has the same name in every run, so that the queue holds it once. */
export function unitId({ sweep, variants }: Pick<Unit, 'sweep' | 'variants'>): string {
  const names = variants.map(({ name }) => name).join('\n');
  return `${sweep}-${createHash('sha256').update(names).digest('hex').slice(0, 24)}`;
}

/** A short name of a sweep in a folder. */
export function sweepId(key: string, host: string, out: string): string {
  return createHash('sha256').update(`${key}\n${host}\n${out}`).digest('hex').slice(0, 16);
}
