import { SwizzleError } from '../../../errors.ts';
import { DEFAULT_RETRY, isRetried, pause, retryDelay, type RetryPolicy } from './backoff.ts';
import type { HubSettings } from './environment.ts';
import { failedAnswer, isNameError, networkReason, redact, safeUrl } from './http-error.ts';

const MOST_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** A request whose body can be sent again. */
interface Sending {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: NonNullable<RequestInit['body']> | null;
  readonly signal: AbortSignal | undefined;
}

/**
 * Sends, and follows redirects by hand: at most 10, and `Authorization` stays with the host it was meant for.
 * @throws SwizzleError 'hub' for a redirect loop or a redirect to somewhere that is not http(s); what fetch throws
 */
async function sendFollowing(first: Sending): Promise<{ response: Response; url: URL }> {
  let { url } = first;
  const headers = new Headers(first.headers);
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(url, {
      method: first.method,
      headers,
      body: first.body,
      redirect: 'manual',
      ...(first.signal === undefined ? {} : { signal: first.signal }),
    });
    const location = response.headers.get('location');
    if (!REDIRECTS.has(response.status) || location === null) return { response, url };
    await response.body?.cancel();
    if (redirects === MOST_REDIRECTS) {
      throw new SwizzleError('hub', `${safeUrl(first.url)}: redirected more than ${MOST_REDIRECTS} times, a loop`);
    }
    const next = nextUrl(location, url, first);
    if (next.origin !== url.origin) headers.delete('authorization');
    url = next;
  }
}

function nextUrl(location: string, url: URL, { method, url: asked }: Sending): URL {
  if (!URL.canParse(location, url.href))
    throw new SwizzleError('hub', `${safeUrl(asked)}: redirected to no valid address`);
  const next = new URL(location, url);
  if (next.protocol !== 'https:' && next.protocol !== 'http:') {
    throw new SwizzleError('hub', `${safeUrl(asked)}: redirected to ${next.protocol}, which is not http or https`);
  }
  if (method !== 'GET' && method !== 'HEAD' && url.origin !== next.origin) {
    throw new SwizzleError('hub', `${safeUrl(asked)}: ${method} was redirected to another host, ${next.origin}`);
  }
  return next;
}

/** A request failed and is tried again after `delayMs`. */
export interface RetryNotice {
  readonly url: string;
  readonly reason: string;
  readonly delayMs: number;
}

export interface FetchOptions {
  readonly retry?: RetryPolicy;
  /** Ends every request. */
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  /** Called with what else the user should know; the work goes on. */
  readonly onNotice?: ((text: string) => void) | undefined;
}

export type Fetch = typeof fetch;

/**
 * A `fetch` for the Hub: adds the token to requests to the endpoint alone, retries 429, 5xx and broken connections
 * with backoff, follows at most 10 redirects, and answers only successes: all else is SwizzleError 'hub' with the
 * status in `details` (see `httpFailure`). Bodies must be strings, bytes or Blobs, so that they can be sent again.
 */
function hubFetch(settings: HubSettings, options: FetchOptions = {}): Fetch {
  const policy = options.retry ?? DEFAULT_RETRY;
  return async (input, init = {}) => {
    const sending = prepare(settings, options.signal, input, init);
    const fail = (reason: string, cause: unknown): SwizzleError =>
      new SwizzleError('hub', `${safeUrl(sending.url)}: ${redact(reason, settings.token)}`, { cause });
    for (let failure = 0; ; failure++) {
      sending.signal?.throwIfAborted();
      const last = failure + 1 >= policy.attempts;
      const outcome = await attempt(sending);
      if ('failed' in outcome) {
        if (sending.signal?.aborted === true) throw sending.signal.reason;
        if (outcome.failed instanceof SwizzleError) throw outcome.failed;
        const reason = networkReason(outcome.failed);
        // a name that cannot be resolved is rarely a matter of time
        if (last || (failure >= 2 && isNameError(outcome.failed))) {
          throw fail(`${reason} (tried ${failure + 1} times)`, outcome.failed);
        }
        await wait(reason, retryDelay(policy, failure, null));
        continue;
      }
      const { response, url } = outcome;
      if (response.ok) return response;
      if (last || !isRetried(response.status)) throw await failedAnswer(sending.method, url, response, settings.token);
      await response.body?.cancel();
      await wait(`answered ${response.status}`, retryDelay(policy, failure, response.headers.get('retry-after')));
    }

    async function wait(reason: string, delayMs: number): Promise<void> {
      options.onRetry?.({ url: safeUrl(sending.url), reason: redact(reason, settings.token), delayMs });
      await pause(delayMs, sending.signal);
    }
  };
}

function prepare(
  settings: HubSettings,
  signal: AbortSignal | undefined,
  input: Parameters<Fetch>[0],
  init: NonNullable<Parameters<Fetch>[1]>,
): Sending {
  const url = new URL(input instanceof Request ? input.url : input);
  if (settings.offline) {
    throw new SwizzleError('hub', `${safeUrl(url)} is not asked: HF_HUB_OFFLINE is set`);
  }
  const headers = new Headers(init.headers);
  const ours = url.origin === new URL(settings.endpoint).origin;
  if (ours && settings.token !== undefined && !headers.has('authorization')) {
    headers.set('authorization', `Bearer ${settings.token}`);
  }
  if (!headers.has('user-agent')) headers.set('user-agent', 'swizzle-merge');
  const signals = [signal, init.signal].filter((one) => one !== undefined && one !== null);
  return {
    url,
    method: (init.method ?? 'GET').toUpperCase(),
    headers,
    body: init.body ?? null,
    signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0],
  };
}

/** One try. Answers of the API are read whole here, so that a connection lost in mid body is tried again too. */
async function attempt(sending: Sending): Promise<{ response: Response; url: URL } | { failed: unknown }> {
  try {
    const { response, url } = await sendFollowing(sending);
    const api = sending.method !== 'GET' || url.pathname.includes('/api/');
    if (!api || !response.ok || response.body === null) return { response, url };
    const body = await response.arrayBuffer();
    return { response: new Response(body, { status: response.status, headers: response.headers }), url };
  } catch (failed) {
    return { failed };
  }
}

/** One user's way to one Hub: settings, and the fetch that follows them. */
export interface HubClient {
  readonly settings: HubSettings;
  readonly fetch: Fetch;
  readonly options: FetchOptions;
}

export function hubClient(settings: HubSettings, options: FetchOptions = {}): HubClient {
  return { settings, fetch: hubFetch(settings, options), options };
}

/** Address of a file of a model at a commit, or of the endpoint's page of it. */
export function resolveUrl({ endpoint }: HubSettings, name: string, commit: string, path: string): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return `${endpoint}/${name}/resolve/${encodeURIComponent(commit)}/${encoded}`;
}
