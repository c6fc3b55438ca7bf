import { Q8_BLOCK, scaleRuns } from '../../../elements/encoding.ts';
import { decodeScales } from '../../../elements/decode.ts';
import { DTYPES } from '../../../dtype.ts';
import type { ChunkInput } from '../../../plan/chunks/chunk.ts';
import type { Kernels } from '../kernels.ts';
import type { WorkerFile } from '../../thread/protocol.ts';
import { lowRankInput } from './derive-low-rank.ts';
import { sumInput } from './derive-sum.ts';

/** Makes f32 at address `target` of the operand's elements [begin, end), which are stored from address `source` on. */
export type DerivedInput = (source: number, target: number, begin: number, end: number) => void;

/**
 * How an input of a chunk is derived; undefined for one that is what is stored.
 * @param elements of the chunk
 * @param auxiliary what the derivation needs beside it, as `wholeOperands` orders it
 * @param files of the inputs
 */
export function derivedInput(
  { dtype, derive }: ChunkInput,
  elements: number,
  auxiliary: readonly Uint8Array[],
  kernels: Kernels,
  files: readonly WorkerFile[],
): DerivedInput | undefined {
  if (derive === undefined) return undefined;
  const { encoding, first } = derive;
  if (encoding.kind === 'q8_0') {
    return (source, target, begin, end) => kernels.q8(source, target, (end - begin) / Q8_BLOCK);
  }
  if (encoding.kind === 'shifted') {
    return (source, target, begin, end) => kernels.shifted(dtype, source, target, end - begin, encoding.by);
  }
  if (encoding.kind === 'sum') return sumInput(dtype, { encoding, first, elements }, kernels, files);
  if (encoding.kind === 'low_rank') return lowRankInput(dtype, { encoding, first, elements }, auxiliary, kernels);
  const scales = decodeScales(encoding.scales.dtype, auxiliary[0] ?? new Uint8Array());
  const { bytes } = DTYPES[dtype];
  return (source, target, begin, end) => {
    const at = first + begin;
    for (const run of scaleRuns(encoding, at, first + end)) {
      const offset = run.begin - at;
      kernels.scaled(
        dtype,
        source + offset * bytes,
        target + offset * 4,
        run.end - run.begin,
        scales[run.scale] ?? NaN,
      );
    }
  };
}
