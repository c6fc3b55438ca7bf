import type { Redis } from 'ioredis';
import * as z from 'zod';
import { KEPT_SECONDS } from './work-store.ts';

/** What a worker has done of a sweep. */
export interface WorkerStatus {
  /** Host and process: "gpu-3:4711". */
  readonly name: string;
  /** Units done. */
  readonly units: number;
  /** What went wrong last; undefined again when a unit is done. */
  readonly error?: string | undefined;
}

const schema: z.ZodType<WorkerStatus> = z.object({
  name: z.string(),
  units: z.number(),
  error: z.string().optional(),
});

function keyOf(sweep: string): string {
  return `swizzle:workers:${sweep}`;
}

/** Records what a worker has done. Does not wait for the queue: the next record says it all. */
export function recordWorker(redis: Redis, sweep: string, status: WorkerStatus): void {
  redis
    .multi()
    .hset(keyOf(sweep), status.name, JSON.stringify(status))
    .expire(keyOf(sweep), KEPT_SECONDS)
    .exec()
    .catch(() => undefined);
}

/** The workers of a sweep, by name. */
export async function readWorkers(redis: Redis, sweep: string): Promise<WorkerStatus[]> {
  const found = Object.values(await redis.hgetall(keyOf(sweep))).flatMap((text) => parsed(text) ?? []);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function parsed(text: string): WorkerStatus | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
