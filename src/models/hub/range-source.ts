import { SwizzleError } from '../../errors.ts';
import { DEFAULT_RETRY, pause, retryDelay } from './request/backoff.ts';
import { resolveUrl, type HubClient } from './request/fetch.ts';
import { networkReason, redact } from './request/http-error.ts';
import type { RemoteFile } from './repository.ts';

/** A file on the Hub, read by range requests. Fits the device's ByteSource and the checkpoint's HeaderSource. */
export interface RangeSource extends AsyncDisposable {
  /** "org/name@commit/file", the commit shortened. */
  readonly label: string;
  /** None: the bytes come from the network. */
  readonly fd: undefined;
  /** Bytes. */
  readonly size: number;
  /**
   * Fills `target` from byte `position` on; a connection that breaks is taken up where it broke, so that no byte is
   * asked for twice. Throws SwizzleError 'hub' or 'io'.
   */
  read(target: Uint8Array, position: number, signal?: AbortSignal): Promise<void>;
}

/** Address of a file at a commit, for `openRangeSource` and messages: "hf://org/name@commit/file". */
export function hubAddress(name: string, commit: string, path: string): string {
  return `hf://${name}@${commit}/${path}`;
}

export function openRangeSource(client: HubClient, name: string, commit: string, file: RemoteFile): RangeSource {
  const label = `${name}@${commit.slice(0, 8)}/${file.path}`;
  const url = resolveUrl(client.settings, name, commit, file.path);
  return {
    label,
    fd: undefined,
    size: file.size,
    async read(target, position, signal): Promise<void> {
      if (position + target.byteLength > file.size) {
        const end = position + target.byteLength;
        throw new SwizzleError('io', `${label}: bytes ${position} to ${end} were asked for, it has ${file.size}`);
      }
      const policy = client.options.retry ?? DEFAULT_RETRY;
      let done = 0;
      for (let failures = 0; done < target.byteLength;) {
        const rest = target.subarray(done);
        const { received, reason } = await readRange(client, url, label, rest, position + done, file.size, signal);
        done += received;
        if (reason === undefined) continue;
        failures = received > 0 ? 1 : failures + 1;
        if (failures >= policy.attempts) {
          throw new SwizzleError('hub', `${label}: ${reason} at byte ${position + done}, ${failures} times in a row`);
        }
        const delayMs = retryDelay(policy, failures - 1, null);
        client.options.onRetry?.({ url: label, reason, delayMs });
        await pause(delayMs, signal);
      }
    },
    // nothing stays open between reads
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** One range request: how many bytes came, and why not all. */
async function readRange(
  client: HubClient,
  url: string,
  label: string,
  target: Uint8Array,
  begin: number,
  size: number,
  signal: AbortSignal | undefined,
): Promise<{ received: number; reason: string | undefined }> {
  const end = begin + target.byteLength;
  const headers = { 'accept-encoding': 'identity', range: `bytes=${begin}-${end - 1}` };
  const response = await client.fetch(url, { headers, ...(signal === undefined ? {} : { signal }) });
  const whole = response.status === 200 && begin === 0 && end === size;
  if (!whole) await checkRange(response, begin, end, size, label);
  let received = 0;
  try {
    for await (const bytes of response.body ?? []) {
      if (received + bytes.byteLength > target.byteLength) {
        throw new SwizzleError('hub', `${label}: the server sent more than the ${target.byteLength} bytes asked for`);
      }
      target.set(bytes, received);
      received += bytes.byteLength;
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof SwizzleError) throw error;
    return { received, reason: redact(networkReason(error), client.settings.token) };
  }
  return { received, reason: received < target.byteLength ? 'the body was cut short' : undefined };
}

async function checkRange(response: Response, begin: number, end: number, size: number, label: string): Promise<void> {
  const found = response.headers.get('content-range');
  if (response.status === 206 && found === `bytes ${begin}-${end - 1}/${size}`) return;
  await response.body?.cancel();
  const asked = `bytes ${begin} to ${end - 1} of ${size} were asked for`;
  throw new SwizzleError(
    'hub',
    response.status === 200
      ? `${label}: ${asked}, the server answered with the whole file: reading by ranges does not work there, merge without --stream`
      : `${label}: ${asked}, the server answered ${JSON.stringify(found)}`,
  );
}
