import { type CheckpointTensor, partsOf, type TensorPart } from '../../models/checkpoint/checkpoint.ts';
import { mapEncoding } from '../../elements/encoding.ts';
import { decodeScales } from '../../elements/decode-scales.ts';
import { openValues, type StoredTensor } from '../../elements/value-reader.ts';
import type { ByteSource } from '../../elements/byte-source.ts';
import { SwizzleError } from '../../errors.ts';

/** The open file of a shard. */
export type SourceOf = (shard: number) => ByteSource;

/** Reads elements [first, first + count) of a tensor as f32; `first` is a multiple of 32. */
export type ReadFloats = (first: number, count: number) => Promise<Float32Array>;

/** Opens a tensor whatever it is stored as: scaled, under an adapter, f64. @throws SwizzleError 'io' */
export async function openFloats(
  tensor: CheckpointTensor,
  sourceOf: SourceOf,
  signal?: AbortSignal,
): Promise<ReadFloats> {
  const reader = await openValues(stored(tensor), (part: TensorPart, target, position) =>
    sourceOf(part.shard).read(target, position, signal),
  );
  return async (first, count) => decodeScales(reader.dtype, await reader.read(first, count));
}

function stored(tensor: CheckpointTensor): StoredTensor<TensorPart> {
  const { dtype = tensor.dtype, encoding } = tensor.stored ?? {};
  return { dtype, parts: partsOf(tensor), encoding: encoding && mapEncoding(encoding, stored) };
}

/** Where bytes [begin, end) of a tensor are, in order. */
export function rangesOf(
  tensor: CheckpointTensor,
  begin: number,
  end: number,
): { readonly shard: number; readonly begin: number; readonly length: number }[] {
  let at = 0;
  const ranges = partsOf(tensor).flatMap((part) => {
    const length = part.end - part.begin;
    const [from, to] = [Math.max(begin, at), Math.min(end, at + length)];
    const range = { shard: part.shard, begin: part.begin + from - at, length: to - from };
    at += length;
    return from < to ? [range] : [];
  });
  if (at < end) throw new SwizzleError('internal', `${tensor.name}: holds ${at} bytes, expected ${end}`);
  return ranges;
}
