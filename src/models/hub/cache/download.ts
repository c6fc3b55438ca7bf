import { messageOf, SwizzleError } from '../../../errors.ts';
import { DEFAULT_RETRY, pause, retryDelay } from '../request/backoff.ts';
import { resolveUrl, type HubClient } from '../request/fetch.ts';
import { httpFailure, networkReason, redact } from '../request/http-error.ts';
import { dropPartialFile, openPartialFile, type PartialFile } from './partial-file.ts';
import type { RemoteFile } from '../repository.ts';

/** A file to fetch, and where its bytes go. */
export interface Download {
  /** "org/name". */
  readonly model: string;
  readonly commit: string;
  readonly file: RemoteFile;
  /** Paths of the finished and of the unfinished blob. */
  readonly blob: string;
  readonly partial: string;
}

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes that are there, of `file.size`. */
  readonly onBytes?: ((done: number) => void) | undefined;
}

/**
 * Fetches one blob: goes on where an earlier try stopped, tries again after broken connections, checks size and hash,
 * and only then gives the file its name. A partial file stays after an error, unless its bytes are wrong.
 * @throws SwizzleError 'hub' naming model and file; 'io' when the cache cannot be written; the signal's reason
 */
export async function downloadBlob(
  client: HubClient,
  download: Download,
  options: DownloadOptions = {},
): Promise<void> {
  const { file, partial } = download;
  const label = `${download.model}: ${file.path}`;
  await using target = await openPartialFile(partial, file, options.signal).catch((cause: unknown) => {
    options.signal?.throwIfAborted();
    throw new SwizzleError('io', `${partial}: ${messageOf(cause)}`, { cause, details: { path: partial } });
  });
  const resumed = target.done > 0;
  await receiveAll(client, download, target, options);
  let found = target.digest();
  if (found !== file.etag && resumed) {
    // what an earlier run left may have been damaged: once more, from the start
    await target.restart();
    await receiveAll(client, download, target, options);
    found = target.digest();
  }
  if (found !== file.etag) {
    await dropPartialFile(partial);
    const hash = file.hash === 'sha256' ? 'sha256' : 'git sha1';
    throw new SwizzleError(
      'hub',
      `${label}: the ${file.size} bytes received are not the file: their ${hash} is ${found}, expected ${file.etag}. ` +
        'They were removed; try again',
      { details: { model: download.model, path: file.path, found, expected: file.etag } },
    );
  }
  await target.keep(download.blob);
}

/** Requests until every byte is there; gives up after so many failures in a row without a new byte. */
async function receiveAll(
  client: HubClient,
  download: Download,
  target: PartialFile,
  options: DownloadOptions,
): Promise<void> {
  const { file } = download;
  const label = `${download.model}: ${file.path}`;
  const policy = client.options.retry ?? DEFAULT_RETRY;
  let failures = 0;
  let best = target.done;
  options.onBytes?.(target.done);
  while (target.done < file.size) {
    const reason = await receive(client, download, target, options);
    if (reason === undefined) continue;
    failures = target.done > best ? 1 : failures + 1;
    best = Math.max(best, target.done);
    if (failures >= policy.attempts) {
      throw new SwizzleError(
        'hub',
        `${label}: ${reason} after ${target.done} of ${file.size} bytes. What is there is kept: run again to go on`,
        { details: { model: download.model, path: file.path, done: target.done } },
      );
    }
    const delayMs = retryDelay(policy, failures - 1, null);
    client.options.onRetry?.({ url: label, reason, delayMs });
    await pause(delayMs, options.signal);
  }
}

/** One request. Gives the reason when the body ended too early; throws what trying again cannot help. */
async function receive(
  client: HubClient,
  { model, commit, file }: Download,
  target: PartialFile,
  options: DownloadOptions,
): Promise<string | undefined> {
  const label = `${model}: ${file.path}`;
  const from = target.done;
  // "identity": ranges and sizes count the file's own bytes
  const headers = { 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}) };
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  const response = await client
    .fetch(resolveUrl(client.settings, model, commit, file.path), { headers, ...signal })
    .catch(async (error: unknown) => {
      if (httpFailure(error)?.status !== 416 || from === 0) throw named(error, label);
      return undefined;
    });
  // 200 to a range request, or no such range: the server begins at the front, so do we
  if (from > 0 && response?.status !== 206) await target.restart();
  if (response === undefined) return 'the server refused to go on in mid file';
  try {
    if (response.status === 206) checkRange(response.headers.get('content-range'), from, file.size, label);
    for await (const bytes of response.body ?? []) {
      if (target.done + bytes.byteLength > file.size) {
        throw new SwizzleError('hub', `${label}: the server sent more than the ${file.size} bytes that the Hub lists`);
      }
      await target.append(bytes);
      options.onBytes?.(target.done);
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    await response.body?.cancel().catch(() => undefined);
    if (error instanceof SwizzleError) throw error;
    return redact(networkReason(error), client.settings.token);
  }
  return target.done < file.size ? 'the body was cut short' : undefined;
}

function checkRange(header: string | null, from: number, size: number, label: string): void {
  if (header === `bytes ${from}-${size - 1}/${size}`) return;
  throw new SwizzleError(
    'hub',
    `${label}: asked for bytes ${from} to ${size - 1} of ${size}, the server answered ${JSON.stringify(header)}`,
  );
}

/** The error with the file's name in front, its details kept. */
function named(error: unknown, label: string): unknown {
  if (!(error instanceof SwizzleError)) return error;
  return new SwizzleError(error.code, `${label}: ${error.message}`, { cause: error, details: { ...error.details } });
}
