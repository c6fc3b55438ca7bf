import type { Redis } from 'ioredis';
import { SwizzleError } from '../../errors.ts';
import { parseWork, type QueuedWork } from './unit.ts';

/** Seconds after which what nobody follows is forgotten. */
export const KEPT_SECONDS: number = 7 * 86_400;

function keyOf(sweep: string): string {
  return `swizzle:sweep:${sweep}`;
}

/** Puts what a sweep's units have in common on the queue's server. */
export async function storeWork(redis: Redis, sweep: string, work: QueuedWork): Promise<void> {
  await redis.set(keyOf(sweep), JSON.stringify(work), 'EX', KEPT_SECONDS);
}

/** @throws SwizzleError 'usage' where it is gone */
export async function readWork(redis: Redis, sweep: string): Promise<QueuedWork> {
  const text = await redis.get(keyOf(sweep));
  if (text === null) throw new SwizzleError('usage', `the sweep ${sweep} is not on the queue any more`);
  return parseWork(text);
}
