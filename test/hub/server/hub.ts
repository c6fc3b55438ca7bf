import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { takeFault, type Fault, type Wrong } from './faults.ts';
import type { LogEntry } from './log.ts';
import { readRoute } from './read-routes.ts';
import { refuse, sendBytes, sendFile, type Exchange } from './reply.ts';
import { addCommit, newRepository, storedFile, type StoredFile, type StoredRepository } from './store.ts';
import { writeRoute } from './write-routes.ts';

export interface MultipartUpload {
  readonly sha256: string;
  readonly parts: Map<number, Buffer>;
}

/** A Hub on loopback: its API on one port, its storage on another, everything in memory, every request counted. */
export interface TestHub extends AsyncDisposable {
  readonly endpoint: string;
  readonly cdn: string;
  readonly repositories: Map<string, StoredRepository>;
  /** LFS objects by sha256. */
  readonly objects: Map<string, Buffer>;
  readonly uploads: Map<string, MultipartUpload>;
  /** Token to user name. */
  readonly tokens: Map<string, string>;
  readonly faults: Fault[];
  readonly log: LogEntry[];
  /** Entries a page of the tree. */
  pageSize: number;
  /** LFS objects above so many bytes are uploaded in parts of that size. */
  partSize: number;
  /** Adds a model or a commit to it; contents are bytes or text. Returns the commit. */
  add(name: string, files: Readonly<Record<string, Buffer | Uint8Array | string>>, branch?: string): string;
  /** The next `times` requests with such a path go wrong. */
  fail(path: RegExp, wrong: Wrong, times?: number, method?: string): void;
  /** Forgets log and faults. */
  reset(): void;
}

export async function startHub(): Promise<TestHub> {
  const servers: Server[] = [];
  const listen = async (host: 'hub' | 'cdn'): Promise<string> => {
    const server = createServer((request, response) => {
      answer(hub, host, request, response).catch((error: unknown) => {
        console.error('test hub:', error);
        response.destroy();
      });
    });
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    // another host name, not only another port: Python asks the storage itself only where the names are the same
    const name = host === 'hub' ? '127.0.0.1' : 'localhost';
    return `http://${name}:${(server.address() as AddressInfo).port}`;
  };
  const endpoint = await listen('hub');
  const cdn = await listen('cdn');
  const hub: TestHub = {
    endpoint,
    cdn,
    repositories: new Map(),
    objects: new Map(),
    uploads: new Map(),
    tokens: new Map([['hf_testtoken', 'tester']]),
    faults: [],
    log: [],
    pageSize: 1000,
    partSize: Infinity,
    add(name, files, branch = 'main') {
      const repository = this.repositories.get(name) ?? newRepository(name);
      this.repositories.set(name, repository);
      const stored = new Map<string, StoredFile>(
        Object.entries(files).map(([path, content]) => [path, storedFile(path, Buffer.from(content))]),
      );
      for (const file of stored.values()) if (file.lfs) this.objects.set(file.sha256, file.bytes);
      return addCommit(repository, branch, stored, 'add');
    },
    fail(path, wrong, times = 1, method) {
      this.faults.push({ path, wrong, times, ...(method === undefined ? {} : { method }) });
    },
    reset() {
      this.log.length = 0;
      this.faults.length = 0;
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((done) => server.close(done));
      }
    },
  };
  return hub;
}

async function answer(
  hub: TestHub,
  host: 'hub' | 'cdn',
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', host === 'hub' ? hub.endpoint : hub.cdn);
  const path = decodeURIComponent(url.pathname);
  const method = request.method ?? 'GET';
  const { range, authorization } = request.headers;
  const entry: LogEntry = {
    host,
    method,
    path,
    range,
    authorization,
    status: 0,
    file: undefined,
    sent: 0,
    received: 0,
  };
  hub.log.push(entry);
  const wrong = takeFault(hub.faults, method, path);
  const exchange: Exchange = { request, response, url, entry, wrong };
  if (wrong !== undefined && 'status' in wrong) {
    request.resume();
    const body = Buffer.from(JSON.stringify(wrong.body ?? { error: 'told to fail' }));
    sendBytes(exchange, wrong.status, body, { 'content-type': 'application/json', ...wrong.headers });
    return;
  }
  if (wrong !== undefined && 'redirectTo' in wrong) {
    sendBytes(exchange, 302, Buffer.alloc(0), { location: wrong.redirectTo });
    return;
  }
  if (host === 'cdn' && method === 'GET') {
    sendStored(hub, exchange);
    return;
  }
  if (await writeRoute(hub, exchange)) return;
  if (readRoute(hub, exchange)) return;
  refuse(exchange, 404, '', `no route for ${method} ${path}`);
}

/** `/org/name/file?signature`: the storage that LFS files are redirected to. */
function sendStored(hub: TestHub, exchange: Exchange): void {
  const object = hub.objects.get(exchange.url.searchParams.get('object') ?? '');
  if (object === undefined || exchange.url.searchParams.get('X-Signature') !== 'signed-secret') {
    refuse(exchange, 403, '', 'bad signature');
    return;
  }
  const [, org = '', name = '', ...rest] = decodeURIComponent(exchange.url.pathname).split('/');
  sendFile(exchange, object, { repository: `${org}/${name}`, path: rest.join('/') }, {});
}
