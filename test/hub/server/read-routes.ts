import { parse } from 'yaml';
import type { TestHub } from './hub.ts';
import { readBody, refuse, sendBytes, sendFile, sendJson, type Exchange } from './reply.ts';
import { commitOf, type StoredFile, type StoredRepository } from './store.ts';

const INFO = /^\/api\/models\/([^/]+\/[^/]+)(?:\/revision\/(.+))?$/;
const TREE = /^\/api\/models\/([^/]+\/[^/]+)\/tree\/([^/]+)$/;
const PATHS_INFO = /^\/api\/models\/([^/]+\/[^/]+)\/paths-info\/([^/]+)$/;
const RESOLVE = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/;

/** Model info, tree, paths-info, resolve. False when the path is none of them. */
export function readRoute(hub: TestHub, exchange: Exchange): boolean {
  // split while still encoded: a revision may hold slashes
  const path = exchange.url.pathname;
  const found = [TREE, PATHS_INFO, RESOLVE, INFO].map((route) => [route, route.exec(path)] as const);
  const [route, match] = found.find(([, one]) => one !== null) ?? [];
  if (route === undefined || match === undefined || match === null) return false;
  const [, name = '', revision = 'main', file = ''] = match.map((part) => part && decodeURIComponent(part));
  const repository = allowed(hub, exchange, name, route === RESOLVE || route === TREE);
  if (repository === undefined) return true;
  const commit = commitOf(repository, revision);
  const files = commit === undefined ? undefined : repository.commits.get(commit);
  if (commit === undefined || files === undefined) {
    refuse(exchange, 404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
    return true;
  }
  if (route === INFO) sendJson(exchange, 200, info(repository, commit, files));
  else if (route === TREE) sendTree(hub, exchange, commit, files);
  else if (route === PATHS_INFO) void sendPathsInfo(exchange, files);
  else resolve(hub, exchange, { repository: name, path: file }, commit, files.get(file));
  return true;
}

/** The repository, if whoever asks may read it; else the refusal is sent. */
function allowed(hub: TestHub, exchange: Exchange, name: string, content: boolean): StoredRepository | undefined {
  const token = exchange.entry.authorization?.replace(/^Bearer /, '');
  const user = token === undefined ? undefined : hub.tokens.get(token);
  if (token !== undefined && user === undefined) {
    refuse(exchange, 401, '', 'Invalid credentials in Authorization header');
    return undefined;
  }
  const repository = hub.repositories.get(name);
  if (repository === undefined || (repository.private && user === undefined)) {
    // the Hub hides from strangers whether a model is missing or private
    if (user === undefined) refuse(exchange, 401, 'RepoNotFound', 'Repository not found');
    else refuse(exchange, 404, 'RepoNotFound', 'Repository not found');
    return undefined;
  }
  if (repository.gated && content && user !== 'granted') {
    const message = `Access to model ${name} is restricted and you are not in the authorized list.`;
    refuse(exchange, user === undefined ? 401 : 403, 'GatedRepo', message);
    return undefined;
  }
  return repository;
}

function info(repository: StoredRepository, commit: string, files: ReadonlyMap<string, StoredFile>): unknown {
  const readme = files.get('README.md')?.bytes.toString() ?? '';
  const cardData: Record<string, unknown> = parse(/^---\n([\s\S]*?)\n---/.exec(readme)?.[1] ?? '{}');
  return {
    _id: '1',
    id: repository.name,
    modelId: repository.name,
    sha: commit,
    private: repository.private,
    gated: repository.gated ? 'manual' : false,
    cardData,
    pipeline_tag: cardData['pipeline_tag'],
    library_name: cardData['library_name'],
    tags: [],
    downloads: 0,
    likes: 0,
    lastModified: '2024-01-01T00:00:00.000Z',
    siblings: [...files.keys()].map((rfilename) => ({ rfilename })),
  };
}

function listed([path, file]: readonly [string, StoredFile]): Record<string, unknown> {
  const lfs = { oid: file.sha256, size: file.bytes.byteLength, pointerSize: 134 };
  return { type: 'file', oid: file.gitSha1, size: file.bytes.byteLength, path, ...(file.lfs ? { lfs } : {}) };
}

function sendTree(hub: TestHub, exchange: Exchange, commit: string, files: ReadonlyMap<string, StoredFile>): void {
  const at = Number(exchange.url.searchParams.get('cursor') ?? 0);
  const lastCommit = { id: commit, title: 'add', date: '2024-01-01T00:00:00.000Z' };
  const expand = exchange.url.searchParams.get('expand')?.toLowerCase() === 'true';
  const page = [...files]
    .slice(at, at + hub.pageSize)
    .map((file) => ({ ...listed(file), ...(expand ? { lastCommit } : {}) }));
  const next = new URL(exchange.url);
  next.searchParams.set('cursor', String(at + hub.pageSize));
  const link: Record<string, string> = at + hub.pageSize < files.size ? { link: `<${next}>; rel="next"` } : {};
  sendJson(exchange, 200, page, link);
}

async function sendPathsInfo(exchange: Exchange, files: ReadonlyMap<string, StoredFile>): Promise<void> {
  const { paths }: { paths: string[] } = JSON.parse((await readBody(exchange)).toString());
  sendJson(exchange, 200, [...files].filter(([path]) => paths.includes(path)).map(listed));
}

/** Small files come from here, LFS files by a signed address on the other host. */
function resolve(
  hub: TestHub,
  exchange: Exchange,
  name: { repository: string; path: string },
  commit: string,
  file: StoredFile | undefined,
): void {
  if (file === undefined) {
    refuse(exchange, 404, 'EntryNotFound', 'Entry not found');
    return;
  }
  const headers = { 'x-repo-commit': commit, 'accept-ranges': 'bytes' };
  if (!file.lfs) {
    sendFile(exchange, file.bytes, name, { ...headers, etag: `"${file.gitSha1}"` });
    return;
  }
  const place = `${hub.cdn}/${name.repository}/${name.path}?object=${file.sha256}&X-Signature=signed-secret`;
  sendBytes(exchange, 302, Buffer.alloc(0), {
    ...headers,
    location: place,
    etag: `"${file.gitSha1}"`,
    'x-linked-etag': `"${file.sha256}"`,
    'x-linked-size': String(file.bytes.byteLength),
  });
}
