import type { Redis } from 'ioredis';
import { SwizzleError } from '../../errors.ts';
import { rejectedBy } from './signals.ts';
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

/** The queue's server has lost what a sweep's units have in common. Its follower stores it again. */
export class ForgottenSweep extends Error {
  constructor(sweep: string) {
    super(`the sweep ${sweep} is not on the queue`);
  }
}

/**
 * @throws ForgottenSweep; SwizzleError 'usage' where another version has stored it; the signal's reason when aborted: a queue that
 * cannot be reached never answers
 */
export async function readWork(redis: Redis, sweep: string, signal?: AbortSignal): Promise<QueuedWork> {
  const text = await Promise.race([redis.get(keyOf(sweep)), ...(signal === undefined ? [] : [rejectedBy(signal)])]);
  if (text === null) throw new ForgottenSweep(sweep);
  try {
    return parseWork(text);
  } catch (cause) {
    throw new SwizzleError('usage', 'the sweep was started by another version of swizzle', { cause });
  }
}
