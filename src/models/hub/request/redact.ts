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
