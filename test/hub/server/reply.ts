import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LogEntry } from './log.ts';
import type { Wrong } from './faults.ts';

/** One request on its way to an answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly entry: LogEntry;
  readonly wrong: Wrong | undefined;
}

export async function readBody(exchange: Exchange): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of exchange.request) chunks.push(Buffer.from(chunk));
  const body = Buffer.concat(chunks);
  exchange.entry.received = body.byteLength;
  return body;
}

export function sendJson(
  exchange: Exchange,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  sendBytes(exchange, status, Buffer.from(JSON.stringify(value)), { 'content-type': 'application/json', ...headers });
}

/** The Hub's way to refuse. */
export function refuse(exchange: Exchange, status: number, code: string, message: string): void {
  const headers = { ...(code === '' ? {} : { 'x-error-code': code }), 'x-error-message': message };
  sendJson(exchange, status, { error: message }, headers);
}

/** Sends a body, or what a fault makes of it. */
export function sendBytes(exchange: Exchange, status: number, body: Buffer, headers: Record<string, string>): void {
  const { request, response, entry, wrong } = exchange;
  entry.status = status;
  response.writeHead(status, { 'content-length': String(body.byteLength), ...headers });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  if (wrong !== undefined && ('resetAfter' in wrong || 'cutAfter' in wrong)) {
    const part = body.subarray(0, 'resetAfter' in wrong ? wrong.resetAfter : wrong.cutAfter);
    entry.sent = part.byteLength;
    response.flushHeaders();
    const end = (): void => {
      if ('resetAfter' in wrong) request.socket.resetAndDestroy();
      else request.socket.end();
    };
    // a moment, so that what was written is not overtaken by the reset
    if (part.byteLength === 0) end();
    else response.write(part, () => setTimeout(end, 20));
    return;
  }
  entry.sent = body.byteLength;
  if (wrong !== undefined && 'flipByte' in wrong) {
    const damaged = Buffer.from(body);
    damaged[wrong.flipByte] = (damaged[wrong.flipByte] ?? 0) ^ 0xff;
    response.end(damaged);
  } else {
    response.end(body);
  }
}

/** Sends a file or the range of it that was asked for. */
export function sendFile(
  exchange: Exchange,
  file: Buffer,
  name: { repository: string; path: string },
  headers: Record<string, string>,
): void {
  const { request, entry, wrong } = exchange;
  const asked = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const ignored = wrong !== undefined && 'ignoreRange' in wrong;
  if (asked === null || ignored) {
    entry.file = { ...name, begin: 0, end: file.byteLength };
    sendBytes(exchange, 200, file, headers);
    return;
  }
  const begin = Number(asked[1]);
  const end = asked[2] === '' ? file.byteLength : Math.min(Number(asked[2]) + 1, file.byteLength);
  if (begin >= file.byteLength) {
    sendBytes(exchange, 416, Buffer.alloc(0), { 'content-range': `bytes */${file.byteLength}` });
    return;
  }
  entry.file = { ...name, begin, end };
  const range = `bytes ${begin}-${end - 1}/${file.byteLength}`;
  sendBytes(exchange, 206, file.subarray(begin, end), { ...headers, 'content-range': range });
}
