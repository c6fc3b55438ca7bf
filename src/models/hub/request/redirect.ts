import { SwizzleError } from '../../../errors.ts';
import { safeUrl } from './redact.ts';

const MOST_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** A request whose body can be sent again. */
export interface Sending {
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
export async function sendFollowing(first: Sending): Promise<{ response: Response; url: URL }> {
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
