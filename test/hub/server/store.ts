import { createHash } from 'node:crypto';

/** A file at a commit. */
export interface StoredFile {
  readonly bytes: Buffer;
  readonly lfs: boolean;
  readonly sha256: string;
  readonly gitSha1: string;
}

export interface StoredRepository {
  readonly name: string;
  private: boolean;
  gated: boolean;
  /** Branch or tag to commit. */
  readonly refs: Map<string, string>;
  readonly commits: Map<string, ReadonlyMap<string, StoredFile>>;
  readonly messages: string[];
}

export function storedFile(path: string, bytes: Buffer): StoredFile {
  const gitSha1 = createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { bytes, lfs: isLfs(path), sha256, gitSha1 };
}

/** What the Hub's default .gitattributes sends to LFS. */
export function isLfs(path: string): boolean {
  return /\.(safetensors|bin|model|pt)$/.test(path);
}

export function newRepository(name: string): StoredRepository {
  return { name, private: false, gated: false, refs: new Map(), commits: new Map(), messages: [] };
}

/** Adds a commit to a branch: the files of the one before, changed. Returns its id. */
export function addCommit(
  repository: StoredRepository,
  branch: string,
  changes: ReadonlyMap<string, StoredFile | undefined>,
  message: string,
): string {
  const parent = repository.refs.get(branch);
  const files = new Map(parent === undefined ? [] : repository.commits.get(parent));
  for (const [path, file] of changes) {
    if (file === undefined) files.delete(path);
    else files.set(path, file);
  }
  const id = createHash('sha1')
    .update(JSON.stringify([repository.name, parent, message, [...files].map(([path, { sha256 }]) => [path, sha256])]))
    .digest('hex');
  repository.commits.set(id, files);
  repository.refs.set(branch, id);
  repository.messages.push(message);
  return id;
}

/** The commit that a branch, tag or commit id stands for. */
export function commitOf(repository: StoredRepository, revision: string): string | undefined {
  if (repository.commits.has(revision)) return revision;
  return repository.refs.get(revision === 'HEAD' ? 'main' : revision);
}
