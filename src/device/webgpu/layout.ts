import { byteLength, type Dtype } from '../../dtype.ts';
import type { Chunk } from '../../plan/chunk.ts';
import { padded } from '../device.ts';
import { hasNarrowOutput } from './source.ts';

/** Room for parameters and for counters in a lane, in bytes; it bounds inputs times outputs to about 16,000. */
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

export function layoutChunk(chunk: Chunk): ChunkLayout {
  const inputs = stack(
    chunk.inputs.map((input) => input.dtype),
    chunk.elements,
  );
  const outputs = stack(
    chunk.outputs.map((output) => output.dtype),
    chunk.elements,
  );
  return { inputs: inputs.regions, outputs: outputs.regions, inputBytes: inputs.end, outputBytes: outputs.end };
}

/** Bytes of the parameters of a kernel with so many operands. */
export function parameterBytes(inputs: number, outputs: number): number {
  return 4 * (HEADER_WORDS + inputs + outputs + inputs * outputs);
}

/** Elements of a chunk that the kernel counts, end-exclusive. */
export interface CountRange {
  readonly begin: number;
  readonly end: number;
}

/** What bindings.wgsl calls `params`: header, begin of each operand, then weights, output by output. */
export function packParameters(
  chunk: Chunk,
  layout: ChunkLayout,
  octets: number,
  range: CountRange,
): Uint32Array<ArrayBuffer> {
  const inputs = chunk.inputs.length;
  const words = new Uint32Array(parameterBytes(inputs, chunk.outputs.length) / 4);
  words.set([octets, range.begin, range.end, chunk.onOverflow === 'saturate' ? 1 : 0]);
  words.set(
    layout.inputs.map((region) => region.offset / 16),
    HEADER_WORDS,
  );
  const wordBytes = hasNarrowOutput(chunk.outputs.map((output) => output.dtype)) ? 8 : 16;
  words.set(
    layout.outputs.map((region) => region.offset / wordBytes),
    HEADER_WORDS + inputs,
  );
  const weights = new Float32Array(words.buffer, 4 * (HEADER_WORDS + inputs + chunk.outputs.length));
  if (chunk.kernel === 'weighted_sum') weights.set(chunk.outputs.flatMap((output) => output.weights));
  return words;
}
