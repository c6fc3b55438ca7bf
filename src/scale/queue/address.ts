import { SwizzleError } from '../../errors.ts';

/** `url` without its password and user, for messages. @throws SwizzleError 'usage' unless it is the address of a Redis */
export function queueAddress(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !['redis:', 'rediss:'].includes(parsed.protocol)) {
    throw new SwizzleError('usage', '--queue: expected redis://host:port/number, or rediss:// for TLS');
  }
  const { protocol, host, pathname } = parsed;
  if (!/^\/?\d*$/.test(pathname)) {
    throw new SwizzleError(
      'usage',
      `--queue: expected the number of a database, as in ${protocol}//${host}/0, found ${pathname.slice(1)}`,
    );
  }
  return `${protocol}//${host}${pathname}`;
}

/**
 * What is wrong with an address that a server refuses; undefined for trouble that may pass.
 * @param wasReady whether the server has been a Redis before
 */
export function whyRefused(error: Error, wasReady: boolean): string | undefined {
  const { message } = error;
  if (/DB index|invalid DB/i.test(message)) return 'the server has no database of this number';
  if (/WRONGPASS|invalid password|invalid username-password/i.test(message)) return 'wrong user or password';
  if (/NOAUTH|Authentication required/i.test(message)) {
    return 'the server requires a password: redis://user:password@host:port/number';
  }
  if (/NOPERM/.test(message)) return `the user lacks permissions (${message})`;
  if (!wasReady && /RESP|Protocol error|Please report this/i.test(message)) return 'not a Redis server';
  return undefined;
}

export function isWrongAddress(error: Error): boolean {
  return whyRefused(error, false) !== undefined;
}

/** The system's code where there is one: messages of the client may contain more of the address. */
export function reasonOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
