import { byteLength } from '../../dtype.ts';
import type { Chunk } from '../../plan/chunks/chunk.ts';
import { readBytes } from '../../plan/derived-operand.ts';
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
  /** Inputs as they are stored, in the upload buffer. */
  readonly uploads: readonly Region[];
  /** Inputs as the kernel sees them, in the input buffer: at the same places, those that are derived behind all uploads. */
  readonly inputs: readonly Region[];
  readonly outputs: readonly Region[];
  /** All regions with their padding. */
  readonly uploadBytes: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
}

function stack(sizes: readonly number[]): { regions: Region[]; end: number } {
  let end = 0;
  const regions = sizes.map((bytes) => {
    const region = { offset: end, bytes };
    end += padded(bytes);
    return region;
  });
  return { regions, end };
}

/** @param statistic what a statistic leaves in place of outputs */
export function layoutChunk(chunk: Chunk, statistic?: Program['statistic']): ChunkLayout {
  const { elements } = chunk;
  const uploads = stack(chunk.inputs.map((input) => readBytes(input, elements)));
  let inputBytes = uploads.end;
  const inputs = uploads.regions.map((region, i) => {
    if (chunk.inputs[i]?.derive === undefined) return region;
    const derived = { offset: inputBytes, bytes: byteLength('F32', elements) };
    inputBytes += padded(derived.bytes);
    return derived;
  });
  const outputs = stack(chunk.outputs.map(({ dtype }) => byteLength(dtype, elements)));
  const outputBytes = statistic === undefined ? outputs.end : padded(statistic.resultBytes);
  return {
    uploads: uploads.regions,
    inputs,
    outputs: outputs.regions,
    uploadBytes: uploads.end,
    inputBytes,
    outputBytes,
  };
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
