import { messageOf, SwizzleError, systemCode } from '../../../errors.ts';

/** Anything shaped like an access token of the Hub. */
const TOKEN = /\bhf_[A-Za-z0-9_.-]{4,}/g;

/** `text` without the token and without anything that looks like one. */
export function redact(text: string, token: string | undefined): string {
  const plain = token === undefined || token === '' ? text : text.replaceAll(token, '***');
  return plain.replaceAll(TOKEN, 'hf_***');
}

/** An address for messages: no user, no password, no query (signed addresses carry their signature there). */
export function safeUrl(url: string | URL): string {
  if (!URL.canParse(String(url))) return '(an address that cannot be parsed)';
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** Which answer of a server an error came from. */
export interface HttpFailure {
  readonly status: number;
  /** The Hub's `X-Error-Code`: RepoNotFound, RevisionNotFound, EntryNotFound, GatedRepo. */
  readonly errorCode: string | undefined;
  /** What the server said, without tokens. */
  readonly serverMessage: string;
}

/** The failure behind an error of `failedAnswer`, else undefined. */
export function httpFailure(error: unknown): HttpFailure | undefined {
  if (!(error instanceof SwizzleError)) return undefined;
  const { status, errorCode, serverMessage } = error.details;
  if (typeof status !== 'number' || typeof serverMessage !== 'string') return undefined;
  return { status, errorCode: typeof errorCode === 'string' ? errorCode : undefined, serverMessage };
}

const LONGEST_MESSAGE = 300;

/** Turns an answer that is not a success into an error; reads what is left of its body. */
export async function failedAnswer(
  method: string,
  url: URL,
  response: Response,
  token: string | undefined,
): Promise<SwizzleError> {
  const body = await response.text().catch(() => '');
  const said = response.headers.get('x-error-message') ?? errorField(body) ?? response.statusText;
  const serverMessage = redact(said, token).slice(0, LONGEST_MESSAGE).trim();
  const { status } = response;
  const tail = serverMessage === '' ? '' : `: ${serverMessage}`;
  return new SwizzleError('hub', `${method} ${safeUrl(url)} answered ${status}${tail}`, {
    details: { status, errorCode: response.headers.get('x-error-code') ?? undefined, serverMessage },
  });
}

function errorField(body: string): string | undefined {
  try {
    const root: unknown = JSON.parse(body);
    if (typeof root !== 'object' || root === null) return undefined;
    if ('error' in root && typeof root.error === 'string') return root.error;
    return 'message' in root && typeof root.message === 'string' ? root.message : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the host's name could not be resolved. */
export function isNameError(error: unknown): boolean {
  const code = systemCode(error instanceof Error && error.cause !== undefined ? error.cause : error);
  return code === 'ENOTFOUND' || code === 'EAI_AGAIN';
}

/** Words for a connection that failed: "connection reset", "no such host", with the system's code. */
export function networkReason(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  switch (systemCode(cause)) {
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
    case 'EPIPE':
      return 'the connection was reset';
    case 'ECONNREFUSED':
      return 'the connection was refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host name cannot be resolved';
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return 'the connection timed out';
    default:
      return messageOf(cause);
  }
}
