import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import { messageOf, SwizzleError, systemCode } from '../../../errors.ts';
import { openRegular } from '../../../regular-file.ts';

/** A file of the Hub's cache: what its snapshots link to, whichever model's snapshot that is. */
const HUB_BLOB = /[/\\]models--[^/\\]+[/\\]blobs[/\\][0-9a-f]{40,64}$/;

/**
 * Where a path leads to when that is neither inside the folder nor a file of the Hub's cache; undefined when it is: only
 * such files may be copied or sent as part of the model.
 * @throws the system's error where the path leads nowhere
 */
export async function leadsOut(folder: string, path: string): Promise<string | undefined> {
  const [home, target] = await Promise.all([realpath(folder), realpath(path)]);
  const way = relative(home, target);
  const inside = way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
  return inside || HUB_BLOB.test(target) ? undefined : target;
}

/** A local file, open for reading. */
export interface LocalSource extends AsyncDisposable {
  readonly label: string;
  readonly fd: number;
  /** Bytes, when it was opened. */
  readonly size: number;
  /** Fills `target` from byte `position` on; a file that ends before that is SwizzleError 'io'. */
  read(target: Uint8Array, position: number, signal?: AbortSignal): Promise<void>;
}

/**
 * @param open how the file is opened
 * @throws SwizzleError 'checkpoint' when the file cannot be opened
 */
export async function openLocalSource(path: string, open: typeof openRegular = openRegular): Promise<LocalSource> {
  const { file, info } = await open(path).catch((cause: unknown) => {
    const what = systemCode(cause) === 'ENOENT' ? 'no such file' : messageOf(cause);
    throw new SwizzleError('checkpoint', `${path}: ${what}`, { cause, details: { path } });
  });
  const { size } = info;
  return {
    label: path,
    fd: file.fd,
    size,
    async read(target, position, signal): Promise<void> {
      let done = 0;
      while (done < target.byteLength) {
        signal?.throwIfAborted();
        const { bytesRead } = await file
          .read(target, done, target.byteLength - done, position + done)
          .catch((cause: unknown) => {
            throw new SwizzleError('io', `${path}: reading at byte ${position + done}: ${messageOf(cause)}`, {
              cause,
              details: { path },
            });
          });
        if (bytesRead === 0) {
          throw new SwizzleError(
            'io',
            `${path}: ends at byte ${position + done}, expected ${target.byteLength - done} bytes more; did it change?`,
          );
        }
        done += bytesRead;
      }
    },
    // nothing is lost of what was only read
    [Symbol.asyncDispose]: () => file.close().catch(() => undefined),
  };
}
