import { setTimeout as sleep } from 'node:timers/promises';

/** How often to try, and how long to wait in between. */
export interface RetryPolicy {
  /** Tries in all, the first one counted. */
  readonly attempts: number;
  /** Wait after the first failure in milliseconds; doubles each time. */
  readonly firstDelayMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 6, firstDelayMs: 500 };

const LONGEST_DELAY_MS = 30_000;
/** The Hub's rate limits count in windows of five minutes. */
const LONGEST_RETRY_AFTER_MS = 300_000;
const RETRIED = new Set([408, 429, 500, 502, 503, 504]);

export function isRetried(status: number): boolean {
  return RETRIED.has(status);
}

/**
 * Milliseconds to wait after failure number `failure` (from 0), `random` in [0, 1) spreading it by a quarter.
 * A server's Retry-After (seconds or a date) is followed, up to five minutes.
 */
export function retryDelay(
  policy: RetryPolicy,
  failure: number,
  retryAfter: string | null,
  random: number = Math.random(),
): number {
  const asked = retryAfter === null ? Number.NaN : parseRetryAfter(retryAfter, Date.now());
  if (!Number.isNaN(asked)) return Math.min(asked, LONGEST_RETRY_AFTER_MS);
  const delay = Math.min(policy.firstDelayMs * 2 ** failure, LONGEST_DELAY_MS);
  return delay * (0.75 + 0.5 * random);
}

/** Milliseconds from `now`; NaN where the text is neither seconds nor a date. */
export function parseRetryAfter(text: string, now: number): number {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed) * 1000;
  return Math.max(0, Date.parse(trimmed) - now);
}

/** Waits; throws the signal's reason when aborted. */
export async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(delayMs, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    throw signal?.reason ?? error;
  });
}
