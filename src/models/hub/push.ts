import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { commitIter, createBranch, createRepo, type CommitProgressEvent, whoAmI } from '@huggingface/hub';
import { messageOf, SwizzleError } from '../../errors.ts';
import type { HubClient } from './request/fetch.ts';
import { completeFolder } from './cache/complete.ts';
import { httpFailure } from './request/http-error.ts';
import { parseModelId } from './model-id.ts';
import { withUploadProgress } from './upload-progress.ts';

/** What happens during a push, for progress lines. Sizes are bytes. */
export type PushEvent =
  | { readonly kind: 'start'; readonly files: number; readonly bytes: number }
  | {
      readonly kind: 'progress';
      readonly path: string;
      readonly doing: 'hashing' | 'uploading';
      readonly done: number;
      readonly size: number;
    };

export interface PushOptions {
  readonly private?: boolean | undefined;
  /** Branch; made from main where it is not there. Default main. */
  readonly revision?: string | undefined;
  /** Commit message. */
  readonly message?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: PushEvent) => void) | undefined;
}

export interface PushResult {
  /** The model's page. */
  readonly url: string;
  readonly commit: string;
}

/** A name that may be pushed to, with a token that the Hub accepts. */
export interface PushTarget {
  readonly name: string;
  readonly token: string;
}

/**
 * Checks, before anything is computed, that a push could begin: the name, a token, and that the Hub takes the token.
 * @throws SwizzleError 'usage' for a bad name or without a token, 'hub' when the token is refused or may not write
 */
export async function checkPushTarget(client: HubClient, name: string): Promise<PushTarget> {
  const { settings } = client;
  const id = parseModelId(name);
  if (id === undefined || id.revision !== undefined) {
    const hint = id?.revision === undefined ? '' : ' (a branch is given by --revision)';
    throw new SwizzleError('usage', `${JSON.stringify(name)}: expected a Hub name like org/name to push to${hint}`);
  }
  const tokens = `${settings.endpoint}/settings/tokens`;
  if (settings.token === undefined) {
    throw new SwizzleError(
      'usage',
      `pushing to ${name} needs a token: set HF_TOKEN to one with write access from ${tokens}`,
    );
  }
  const who = await whoAmI({ hubUrl: settings.endpoint, accessToken: settings.token, fetch: client.fetch }).catch(
    (error: unknown) => {
      throw explainPush(error, client, name);
    },
  );
  if (who.auth.accessToken?.role === 'read') {
    throw new SwizzleError(
      'hub',
      `the token in ${settings.tokenFrom} may only read: make one with write access at ${tokens}`,
    );
  }
  return { name, token: settings.token };
}

/**
 * Uploads a model folder as one commit; makes the repository and the branch where they are not there. Large files that
 * the Hub already has are not sent again, so a push that was cut off goes on where it was.
 * @throws SwizzleError 'checkpoint' when the folder is not a complete model, 'hub' when the Hub refuses
 */
export async function pushFolder(
  client: HubClient,
  folder: string,
  target: PushTarget,
  options: PushOptions = {},
): Promise<PushResult> {
  const files = await completeFolder(folder, options.signal);
  const { settings } = client;
  const sizes = new Map(files.map(({ path, size }) => [path, size]));
  options.onEvent?.({ kind: 'start', files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) });
  const repo = { type: 'model', name: target.name } as const;
  const common = { hubUrl: settings.endpoint, accessToken: target.token, repo };
  const branch = options.revision ?? 'main';
  try {
    const visibility =
      options.private === undefined ? {} : ({ visibility: options.private ? 'private' : 'public' } as const);
    await unlessThere(createRepo({ ...common, ...visibility, fetch: client.fetch }));
    if (branch !== 'main') await unlessThere(createBranch({ ...common, branch, fetch: client.fetch }));
    const events = commitIter({
      ...common,
      branch,
      title: options.message ?? 'Upload model with swizzle',
      operations: files.map(({ path }) => ({
        operation: 'addOrUpdate',
        path,
        content: pathToFileURL(join(folder, path)),
      })),
      fetch: withUploadProgress(client.fetch),
      ...(options.signal === undefined ? {} : { abortSignal: options.signal }),
    });
    let step = await events.next();
    for (; step.done !== true; step = await events.next()) report(step.value, sizes, options);
    const commit = step.value?.commit.oid;
    if (commit === undefined) throw new SwizzleError('hub', `${target.name}: the Hub did not say which commit it made`);
    return { url: `${settings.endpoint}/${target.name}`, commit };
  } catch (error) {
    options.signal?.throwIfAborted();
    throw explainPush(error, client, target.name);
  }
}

function report(event: CommitProgressEvent, sizes: ReadonlyMap<string, number>, options: PushOptions): void {
  if (event.event !== 'fileProgress' || event.state === 'error') return;
  const { path, state: doing } = event;
  const size = sizes.get(path) ?? 0;
  options.onEvent?.({ kind: 'progress', path, doing, done: Math.round(Math.min(1, event.progress) * size), size });
}

/** 409: it is there already, which is fine. */
async function unlessThere(made: Promise<unknown>): Promise<void> {
  await made.catch((error: unknown) => {
    if (httpFailure(error)?.status !== 409) throw error;
  });
}

function explainPush(error: unknown, { settings }: HubClient, name: string): unknown {
  const failure = httpFailure(error);
  if (failure?.status === 401 || failure?.status === 403) {
    const said = failure.serverMessage === '' ? '' : `: ${failure.serverMessage}`;
    return new SwizzleError(
      'hub',
      `${name}: the Hub does not let the token in ${settings.tokenFrom ?? 'HF_TOKEN'} write there (${failure.status}${said}); ` +
        `make one with write access at ${settings.endpoint}/settings/tokens`,
      { cause: error },
    );
  }
  if (error instanceof SwizzleError) {
    return new SwizzleError(error.code, `pushing to ${name}: ${error.message}`, {
      cause: error,
      details: { ...error.details },
    });
  }
  return new SwizzleError('hub', `pushing to ${name}: ${messageOf(error)}`, { cause: error });
}
