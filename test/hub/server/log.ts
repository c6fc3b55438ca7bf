/** A request as the server saw it. */
export interface LogEntry {
  readonly host: 'hub' | 'cdn';
  readonly method: string;
  /** Without query. */
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  status: number;
  /** Bytes of a file that were asked for by range or whole: [begin, end), end-exclusive. */
  file:
    | { readonly repository: string; readonly path: string; readonly begin: number; readonly end: number }
    | undefined;
  /** Bytes of body handed to the connection. */
  sent: number;
  /** Bytes of body received. */
  received: number;
}

/** Bytes of a file that were sent, by all requests together. */
export function sentOf(log: readonly LogEntry[], repository: string, path: string): number {
  return log
    .filter((entry) => entry.method === 'GET' && entry.file?.repository === repository && entry.file.path === path)
    .reduce((sum, entry) => sum + entry.sent, 0);
}

/** The first byte of a file that was sent more than once, or undefined. */
export function readTwice(log: readonly LogEntry[], repository: string, path: string): number | undefined {
  const ranges = log
    .flatMap(({ file, sent, method }) =>
      file?.repository === repository && file.path === path && method === 'GET' && sent > 0
        ? [{ begin: file.begin, end: file.begin + sent }]
        : [],
    )
    .sort((a, b) => a.begin - b.begin);
  let end = 0;
  for (const range of ranges) {
    if (range.begin < end) return range.begin;
    end = range.end;
  }
  return undefined;
}
