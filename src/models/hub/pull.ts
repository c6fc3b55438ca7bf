import { mkdir, statfs } from 'node:fs/promises';
import PQueue from 'p-queue';
import { SwizzleError } from '../../errors.ts';
import { hubClient, type HubClient } from './request/fetch.ts';
import { fetchIntoCache, noteRevision, type HubModel, type NeededFile } from './cache/prepare.ts';

/** What happens during a pull, for progress lines. Sizes are bytes. */
export type PullEvent =
  | { readonly kind: 'start'; readonly files: number; readonly bytes: number; readonly cached: number }
  | {
      readonly kind: 'bytes';
      readonly model: string;
      readonly path: string;
      readonly done: number;
      readonly size: number;
    }
  | { readonly kind: 'file'; readonly model: string; readonly path: string; readonly size: number };

export interface PullOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: PullEvent) => void) | undefined;
  /** Files at once. */
  readonly concurrency?: number;
}

interface Job {
  readonly model: HubModel;
  readonly file: NeededFile;
}

const CONCURRENCY = 8;

/**
 * Brings every needed file of prepared models into the cache, several at once, largest first. After an error the
 * others are stopped; what has come is kept, and a second pull goes on from there.
 * @returns bytes fetched now
 * @throws SwizzleError 'space' before the first byte when they do not fit, 'hub' for the first failure
 */
export async function pullModels(
  client: HubClient,
  models: readonly HubModel[],
  options: PullOptions = {},
): Promise<number> {
  // a model that goes by two names is fetched once
  const distinct = new Map(
    models.flatMap((model) => model.needed.map((file) => [`${model.folder}/${file.path}`, { model, file }])),
  );
  const files = [...distinct.values()];
  const jobs = files.filter(({ file }) => file.state !== 'linked').sort((a, b) => b.file.size - a.file.size);
  const bytes = missingBytes(files.map(({ file }) => file));
  const cached = files.reduce((sum, { file }) => sum + file.size, 0) - bytes;
  await checkSpace(client.settings.cache, bytes);
  options.onEvent?.({ kind: 'start', files: jobs.length, bytes, cached });
  const stop = new AbortController();
  const signals = [stop.signal, client.options.signal, options.signal].filter((one) => one !== undefined);
  const signal = AbortSignal.any(signals);
  // a client of its own, so that the first failure ends the waiting of all others
  const worker = hubClient(client.settings, { ...client.options, signal });
  const queue = new PQueue({ concurrency: options.concurrency ?? CONCURRENCY });
  let failed: { error: unknown } | undefined;
  await queue.addAll(
    jobs.map((job) => async () => {
      if (signal.aborted) return;
      await fetchJob(worker, job, signal, options).catch((error: unknown) => {
        failed ??= { error };
        stop.abort(error);
      });
    }),
  );
  if (failed !== undefined) throw failed.error;
  signal.throwIfAborted();
  for (const model of models) await noteRevision(model);
  return bytes;
}

async function fetchJob(
  client: HubClient,
  { model, file }: Job,
  signal: AbortSignal,
  options: PullOptions,
): Promise<void> {
  const { path, size } = file;
  const name = model.id.name;
  const onBytes = (done: number): void => options.onEvent?.({ kind: 'bytes', model: name, path, done, size });
  await fetchIntoCache(client, model.cache, model, file, { signal, onBytes });
  options.onEvent?.({ kind: 'file', model: name, path, size });
}

/** Bytes that are still to come; what partial files already hold is not taken off. A blob shared by models counts once. */
export function missingBytes(files: readonly NeededFile[]): number {
  const blobs = new Map(
    files.filter(({ state }) => state === 'absent' || state === 'partial').map((file) => [file.etag, file.size]),
  );
  return [...blobs.values()].reduce((sum, size) => sum + size, 0);
}

async function checkSpace(cache: string, bytes: number): Promise<void> {
  if (bytes === 0) return;
  await mkdir(cache, { recursive: true });
  const { bavail, bsize } = await statfs(cache);
  if (bavail * bsize >= bytes) return;
  const gb = (count: number): string => `${(count / 1e9).toFixed(1)} GB`;
  throw new SwizzleError(
    'space',
    `${cache}: ${gb(bytes)} are to be fetched, ${gb(bavail * bsize)} are free. Free some, or set HF_HUB_CACHE to another disk`,
  );
}
