import { byteLength, type Dtype } from '../../dtype.ts';
import type { Chunk } from '../../plan/chunks/chunk.ts';
import { padded } from '../device.ts';
import { hasNarrowOutput, type Program } from './kernels/spec.ts';

/** Room for counters and for the usual parameters in a lane, in bytes. */
export const SMALL_BUFFER_BYTES = 65_536;
/** Bytes of counters of one output: NaN, infinite, overflow. */
export const COUNTER_BYTES = 12;
const HEADER_WORDS = 4;

/** A run of bytes in a lane's input or output buffer. */
export interface Region {
  readonly offset: number;
  readonly bytes: number;
}

/** Where a chunk's operands lie in a lane's buffers, in bytes; every region begins on a 256-byte boundary. */
export interface ChunkLayout {
  readonly inputs: readonly Region[];
  readonly outputs: readonly Region[];
  /** All regions with their padding. */
  readonly inputBytes: number;
  readonly outputBytes: number;
}

function stack(dtypes: readonly Dtype[], elements: number): { regions: Region[]; end: number } {
  let end = 0;
  const regions = dtypes.map((dtype) => {
    const region = { offset: end, bytes: byteLength(dtype, elements) };
    end += padded(region.bytes);
    return region;
  });
  return { regions, end };
}

/** @param statistic what a statistic leaves in place of outputs */
export function layoutChunk(chunk: Chunk, statistic?: Program['statistic']): ChunkLayout {
  const inputs = stack(
    chunk.inputs.map((input) => input.dtype),
    chunk.elements,
  );
  const outputs = stack(
    chunk.outputs.map((output) => output.dtype),
    chunk.elements,
  );
  const outputBytes = statistic === undefined ? outputs.end : padded(statistic.resultBytes);
  return { inputs: inputs.regions, outputs: outputs.regions, inputBytes: inputs.end, outputBytes };
}

/** Elements of a chunk that the kernel counts, end-exclusive. */
export interface CountRange {
  readonly begin: number;
  readonly end: number;
}

/** What bindings.wgsl calls `params`: header, begin of each operand, then the kernel's settings or weights. */
export function packParameters(
  chunk: Chunk,
  layout: ChunkLayout,
  settings: Uint32Array,
  octets: number,
  range: CountRange,
): Uint32Array<ArrayBuffer> {
  const operands = HEADER_WORDS + chunk.inputs.length;
  const words = new Uint32Array(operands + chunk.outputs.length + settings.length);
  words.set([octets, range.begin, range.end, chunk.onOverflow === 'saturate' ? 1 : 0]);
  words.set(
    layout.inputs.map((region) => region.offset / 16),
    HEADER_WORDS,
  );
  const wordBytes = hasNarrowOutput(chunk.outputs.map((output) => output.dtype)) ? 8 : 16;
  words.set(
    layout.outputs.map((region) => region.offset / wordBytes),
    operands,
  );
  words.set(settings, operands + chunk.outputs.length);
  return words;
}
