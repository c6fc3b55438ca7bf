import type { GGUFTensorInfo, MetadataValue } from '@huggingface/gguf';
import { messageOf, SwizzleError } from '../../../errors.ts';
import type { HeaderSource } from '../header/header.ts';

/** What a GGUF file says before its tensors. */
export interface GgufHeader {
  readonly metadata: Readonly<Record<string, MetadataValue>>;
  readonly tensors: readonly GGUFTensorInfo[];
  /** Byte at which tensor data begins. */
  readonly dataBegin: number;
}

export function ggufError(file: string, message: string, cause?: unknown): SwizzleError {
  return new SwizzleError('checkpoint', `${file}: ${message}`, { cause, details: { file } });
}

/** The parser takes addresses; it asks for ranges of this one, which `source` answers. */
const ADDRESS = 'http://gguf.invalid/';

/**
 * Reads the header of a GGUF file by range reads.
 * @throws SwizzleError 'checkpoint' when it is none, cut short, or says what cannot be
 */
export async function readGgufHeader(source: HeaderSource, signal?: AbortSignal): Promise<GgufHeader> {
  const start = new Uint8Array(4);
  if (source.size >= 4) await source.read(start, 0, signal);
  if (String.fromCharCode(...start) !== 'GGUF') throw ggufError(source.label, 'is no GGUF file');
  const { gguf } = await import('@huggingface/gguf');
  const parsed = await gguf(ADDRESS, { fetch: rangesOf(source, signal), computeParametersCount: true }).catch(
    (cause: unknown) => {
      signal?.throwIfAborted();
      if (cause instanceof SwizzleError) throw cause;
      throw ggufError(source.label, `has a header that cannot be read: ${messageOf(cause)}`, cause);
    },
  );
  if (!parsed.littleEndian) throw ggufError(source.label, 'is big-endian, which is not read');
  const { tensorInfos: tensors, tensorDataOffset } = parsed;
  // the parser takes what is missing of its last range as zeros
  if (tensorDataOffset > BigInt(source.size)) throw cutShort(source.label);
  const metadata: Readonly<Record<string, MetadataValue>> = Object.fromEntries(Object.entries(parsed.metadata));
  return { metadata, tensors, dataBegin: Number(tensorDataOffset) };
}

function cutShort(file: string): SwizzleError {
  return ggufError(file, 'ends inside its header: it is cut short or wrong');
}

/** A `fetch` that answers range requests from `source`. */
function rangesOf(source: HeaderSource, signal: AbortSignal | undefined): typeof fetch {
  return async (_, init) => {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init?.headers).get('range') ?? '') ?? [];
    const begin = Number(from);
    if (!(begin < source.size)) throw cutShort(source.label);
    const bytes = new Uint8Array(Math.min(Number(to) + 1, source.size) - begin);
    await source.read(bytes, begin, signal);
    const headers = { 'content-range': `bytes ${begin}-${begin + bytes.byteLength - 1}/${source.size}` };
    return new Response(bytes, { status: 206, headers });
  };
}
