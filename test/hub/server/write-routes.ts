import { createHash } from 'node:crypto';
import type { TestHub } from './hub.ts';
import { readBody, refuse, sendBytes, sendJson, type Exchange } from './reply.ts';
import { addCommit, isLfs, newRepository, storedFile, type StoredFile } from './store.ts';

/** What changes the Hub: create, branch, preupload, LFS batch and parts, commit; and whoami. False for other paths. */
export async function writeRoute(hub: TestHub, exchange: Exchange): Promise<boolean> {
  const { method } = exchange.request;
  const path = exchange.url.pathname;
  if (method === 'GET' && path === '/api/whoami-v2') return signedIn(hub, exchange, (user) => whoAmI(exchange, user));
  if (exchange.entry.host === 'cdn') {
    if (method === 'PUT') await putObject(hub, exchange);
    else if (method === 'POST') await completeParts(hub, exchange);
    else return false;
    return true;
  }
  if (method !== 'POST') return false;
  if (path === '/api/repos/create') return signedIn(hub, exchange, () => createRepository(hub, exchange));
  const batch = /^\/([^/]+\/[^/]+)\.git\/info\/lfs\/objects\/batch$/.exec(path);
  if (batch !== null) return signedIn(hub, exchange, () => lfsBatch(hub, exchange));
  const api = /^\/api\/models\/([^/]+\/[^/]+)\/(preupload|commit|branch)\/([^/]+)$/.exec(path);
  if (api === null) return false;
  const [, name = '', verb, revision = ''] = api;
  const branch = decodeURIComponent(revision);
  return signedIn(hub, exchange, async () => {
    if (!hub.repositories.has(name)) refuse(exchange, 404, 'RepoNotFound', 'Repository not found');
    else if (verb === 'preupload') await preupload(exchange);
    else if (verb === 'branch') createBranch(hub, exchange, name, branch);
    else await commit(hub, exchange, name, branch);
  });
}

async function signedIn(
  hub: TestHub,
  exchange: Exchange,
  then: (user: string) => void | Promise<void>,
): Promise<boolean> {
  const user = hub.tokens.get(exchange.entry.authorization?.replace(/^Bearer /, '') ?? '');
  if (user === undefined) refuse(exchange, 401, '', 'Invalid credentials in Authorization header');
  else if (user === 'reader' && exchange.request.method === 'POST') refuse(exchange, 403, '', 'You need write access');
  else await then(user);
  return true;
}

function whoAmI(exchange: Exchange, user: string): void {
  const role = user === 'reader' ? 'read' : 'write';
  const auth = { type: 'access_token', accessToken: { displayName: 'test', role, createdAt: '2024-01-01' } };
  sendJson(exchange, 200, { type: 'user', id: '1', name: user, fullname: user, orgs: [], auth });
}

async function createRepository(hub: TestHub, exchange: Exchange): Promise<void> {
  const asked: { name: string; organization: string; visibility?: string } = JSON.parse(
    (await readBody(exchange)).toString(),
  );
  const name = `${asked.organization}/${asked.name}`;
  if (hub.repositories.has(name)) {
    refuse(exchange, 409, '', 'You already created this model repo');
    return;
  }
  const repository = newRepository(name);
  repository.private = asked.visibility === 'private';
  hub.repositories.set(name, repository);
  const readme = new Map([['.gitattributes', storedFile('.gitattributes', Buffer.from('*.safetensors filter=lfs\n'))]]);
  addCommit(repository, 'main', readme, 'initial commit');
  sendJson(exchange, 200, { url: `${hub.endpoint}/${name}`, name, id: '1' });
}

function createBranch(hub: TestHub, exchange: Exchange, name: string, branch: string): void {
  const refs = hub.repositories.get(name)?.refs;
  const main = refs?.get('main');
  if (refs?.has(branch) === true || main === undefined) {
    refuse(exchange, 409, '', 'Reference already exists');
    return;
  }
  refs?.set(branch, main);
  sendBytes(exchange, 200, Buffer.from('OK'), {});
}

async function preupload(exchange: Exchange): Promise<void> {
  const { files }: { files: { path: string }[] } = JSON.parse((await readBody(exchange)).toString());
  sendJson(exchange, 200, {
    files: files.map(({ path }) => ({ path, uploadMode: isLfs(path) ? 'lfs' : 'regular', shouldIgnore: false })),
  });
}

async function lfsBatch(hub: TestHub, exchange: Exchange): Promise<void> {
  const asked: { objects: { oid: string; size: number }[] } = JSON.parse((await readBody(exchange)).toString());
  const objects = asked.objects.map(({ oid, size }) => {
    if (hub.objects.has(oid)) return { oid, size };
    const href = `${hub.cdn}/lfs/${oid}?X-Signature=upload-secret`;
    if (size <= hub.partSize) return { oid, size, actions: { upload: { href } } };
    const parts = Array.from({ length: Math.ceil(size / hub.partSize) }, (_, part) => part + 1);
    const addresses = parts.map((part) => [String(part).padStart(5, '0'), `${href}&part=${part}`]);
    const header = { chunk_size: String(hub.partSize), ...Object.fromEntries(addresses) };
    return { oid, size, actions: { upload: { href, header } } };
  });
  sendJson(exchange, 200, { transfer: 'basic', objects });
}

async function putObject(hub: TestHub, exchange: Exchange): Promise<void> {
  const sha256 = exchange.url.pathname.split('/').at(-1) ?? '';
  const body = await readBody(exchange);
  const part = exchange.url.searchParams.get('part');
  if (exchange.url.searchParams.get('X-Signature') !== 'upload-secret') {
    refuse(exchange, 403, '', 'bad signature');
    return;
  }
  if (part !== null) {
    const upload = hub.uploads.get(sha256) ?? { sha256, parts: new Map() };
    hub.uploads.set(sha256, upload);
    upload.parts.set(Number(part), body);
  } else if (createHash('sha256').update(body).digest('hex') === sha256) {
    hub.objects.set(sha256, body);
  } else {
    refuse(exchange, 400, '', 'wrong sha256');
    return;
  }
  sendBytes(exchange, 200, Buffer.alloc(0), { etag: `"etag-${part ?? 'whole'}"` });
}

async function completeParts(hub: TestHub, exchange: Exchange): Promise<void> {
  const { oid, parts }: { oid: string; parts: { partNumber: number; etag: string }[] } = JSON.parse(
    (await readBody(exchange)).toString(),
  );
  const pieces = parts.map(({ partNumber }) => hub.uploads.get(oid)?.parts.get(partNumber) ?? Buffer.alloc(0));
  const body = Buffer.concat(pieces);
  if (createHash('sha256').update(body).digest('hex') !== oid) {
    refuse(exchange, 400, '', 'wrong sha256');
    return;
  }
  hub.objects.set(oid, body);
  sendJson(exchange, 200, {});
}

interface CommitLine {
  key: 'header' | 'file' | 'lfsFile' | 'deletedFile';
  value: { path: string; content?: string; oid?: string; summary?: string };
}

async function commit(hub: TestHub, exchange: Exchange, name: string, branch: string): Promise<void> {
  const repository = hub.repositories.get(name);
  const lines: CommitLine[] = (await readBody(exchange))
    .toString()
    .split('\n')
    .map((line) => JSON.parse(line));
  if (repository?.refs.has(branch) !== true) {
    refuse(exchange, 404, 'RevisionNotFound', `Invalid rev id: ${branch}`);
    return;
  }
  const changes = new Map<string, StoredFile | undefined>();
  for (const { key, value } of lines) {
    if (key === 'file') changes.set(value.path, storedFile(value.path, Buffer.from(value.content ?? '', 'base64')));
    if (key === 'deletedFile') changes.set(value.path, undefined);
    if (key !== 'lfsFile') continue;
    const object = hub.objects.get(value.oid ?? '');
    if (object === undefined) {
      refuse(exchange, 400, '', `LFS object ${value.oid} was not uploaded`);
      return;
    }
    changes.set(value.path, storedFile(value.path, object));
  }
  const id = addCommit(repository, branch, changes, lines[0]?.value.summary ?? '');
  sendJson(exchange, 200, {
    success: true,
    commitOid: id,
    commitUrl: `${hub.endpoint}/${name}/commit/${id}`,
    hookOutput: '',
  });
}
