import type { Fetch } from './request/fetch.ts';

/** What @huggingface/hub adds to the requests that carry a file's bytes. */
interface ProgressHint {
  readonly progressCallback: (share: number) => void;
  /** Number of the part, from 0, where a file goes up in parts. */
  readonly part?: number;
  readonly numParts?: number;
}

/** A Blob that says how much of it was streamed. */
class CountingBlob extends Blob {
  readonly #inner: Blob;
  readonly #onBytes: (count: number) => void;

  constructor(inner: Blob, onBytes: (count: number) => void) {
    super([]);
    // a Blob's own size is that of the parts it was made from: none
    Object.defineProperty(this, 'size', { value: inner.size });
    this.#inner = inner;
    this.#onBytes = onBytes;
  }

  override stream(): ReturnType<Blob['stream']> {
    const count = this.#onBytes;
    return this.#inner.stream().pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (bytes, controller) => {
          count(bytes.byteLength);
          controller.enqueue(bytes);
        },
      }),
    );
  }
}

/** A fetch that reports uploads to the library's progress hints, which it answers itself in browsers only. */
export function withUploadProgress(fetch: Fetch): Fetch {
  // shares of the parts of a file, by the callback that the library makes once a file
  const parts = new WeakMap<ProgressHint['progressCallback'], Map<number, number>>();
  return (input, init) => {
    const hint = hintOf(init);
    const body = init?.body;
    if (hint === undefined || !(body instanceof Blob) || body.size === 0) return fetch(input, init);
    const { progressCallback, part = 0, numParts = 1 } = hint;
    const shares = parts.get(progressCallback) ?? new Map<number, number>();
    parts.set(progressCallback, shares);
    let sent = 0;
    const counted = new CountingBlob(body, (count) => {
      // a request that is sent again counts past its size: the share stays at the top
      sent = Math.min(sent + count, body.size);
      shares.set(part, sent / body.size);
      progressCallback([...shares.values()].reduce((sum, share) => sum + share, 0) / numParts);
    });
    return fetch(input, { ...init, body: counted });
  };
}

function hintOf(init: object | undefined): ProgressHint | undefined {
  if (init === undefined || !('progressHint' in init)) return undefined;
  const hint: unknown = init.progressHint;
  return isHint(hint) ? hint : undefined;
}

function isHint(hint: unknown): hint is ProgressHint {
  return (
    typeof hint === 'object' &&
    hint !== null &&
    'progressCallback' in hint &&
    typeof hint.progressCallback === 'function'
  );
}
