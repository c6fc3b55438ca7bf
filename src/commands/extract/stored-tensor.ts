import { type ByteRange, cutRanges, rangeBytes } from '../../elements/byte-range.ts';
import { type CheckpointTensor, rangesOf } from '../../models/checkpoint/checkpoint.ts';
import { mapEncoding } from '../../elements/encoding.ts';
import { decodeScales } from '../../elements/decode.ts';
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
  const reader = await openValues(stored(tensor), (part: ByteRange, target, position) =>
    sourceOf(part.file).read(target, position, signal),
  );
  return async (first, count) => decodeScales(reader.dtype, await reader.read(first, count));
}

function stored(tensor: CheckpointTensor): StoredTensor<ByteRange> {
  const { dtype = tensor.dtype, encoding } = tensor.stored ?? {};
  return { dtype, ranges: rangesOf(tensor), encoding: encoding && mapEncoding(encoding, stored) };
}

/** Where bytes [begin, end) of a tensor are, in order. */
export function cutTensor(tensor: CheckpointTensor, begin: number, end: number): ByteRange[] {
  const ranges = cutRanges(rangesOf(tensor), begin, end);
  const found = begin + rangeBytes(ranges);
  if (found < end) throw new SwizzleError('internal', `${tensor.name}: holds ${found} bytes, expected ${end}`);
  return ranges;
}
