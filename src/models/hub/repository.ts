import { listFiles, modelInfo } from '@huggingface/hub';
import { messageOf, SwizzleError } from '../../errors.ts';
import { factsFromCard, type ModelFacts } from './model-facts.ts';
import { explainAccess } from './request/access.ts';
import type { HubClient } from './request/fetch.ts';
import { isCommit, type ModelId, safeFileName } from './model-id.ts';

/** A file of a model at one commit. */
export interface RemoteFile {
  /** With slashes; checked to stay inside the model's folder. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Name of its blob in the cache: the sha256 of an LFS file, else git's sha1. */
  readonly etag: string;
  /** How `etag` is computed from the bytes. */
  readonly hash: 'sha256' | 'git-sha1';
}

/** A model pinned to a commit, with its files. */
export interface Repository {
  readonly id: ModelId;
  readonly commit: string;
  readonly files: ReadonlyMap<string, RemoteFile>;
  readonly facts: ModelFacts;
}

/**
 * Resolves the revision to a commit and lists the files: two requests, more for long lists.
 * @throws SwizzleError 'hub' that says what is missing: model, revision, token or access; or a file name that would
 *   lead out of the model's folder
 */
export async function openRepository(client: HubClient, id: ModelId): Promise<Repository> {
  const { settings, fetch } = client;
  const common = { hubUrl: settings.endpoint, fetch };
  try {
    const info = await modelInfo({
      ...common,
      name: id.name,
      revision: id.revision ?? 'main',
      additionalFields: ['sha', 'cardData', 'tags', 'library_name'],
    });
    if (!isCommit(info.sha)) throw new SwizzleError('hub', `${id.name}: the Hub names no commit for it`);
    const files = new Map<string, RemoteFile>();
    const list = listFiles({ ...common, repo: { type: 'model', name: id.name }, revision: info.sha, recursive: true });
    for await (const entry of list) {
      if (entry.type !== 'file') continue;
      const path = safeFileName(entry.path, id.name);
      const lfs = entry.lfs?.oid;
      const etag = blobName(lfs ?? entry.oid, lfs === undefined ? 40 : 64, `${id.name}: ${path}`);
      files.set(path, {
        path,
        size: entry.lfs?.size ?? entry.size,
        etag,
        hash: lfs === undefined ? 'git-sha1' : 'sha256',
      });
    }
    const card = factsFromCard(info.cardData);
    const facts = {
      ...card,
      pipelineTag: info.task ?? card.pipelineTag,
      libraryName: info.library_name ?? card.libraryName,
    };
    return { id, commit: info.sha, files, facts };
  } catch (error) {
    if (error instanceof SwizzleError) throw explainAccess(error, id, settings);
    client.options.signal?.throwIfAborted();
    throw new SwizzleError('hub', `${id.name}: the Hub's answer is not understood: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Blob names become file names: hexadecimal digits only. */
function blobName(oid: string | undefined, digits: number, file: string): string {
  if (oid === undefined || oid.length !== digits || !/^[0-9a-f]+$/.test(oid)) {
    throw new SwizzleError(
      'hub',
      `${file}: the Hub gives it the id ${JSON.stringify(oid)}, expected ${digits} hexadecimal digits`,
    );
  }
  return oid;
}
