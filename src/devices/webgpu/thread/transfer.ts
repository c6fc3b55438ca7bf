import { Checksummer, MOST_PIECE_BYTES } from '../../checksum.ts';
import type { Chunk, Piece } from '../../../plan/chunks/chunk.ts';
import { rangeBytes } from '../../../elements/byte-range.ts';
import { padded } from '../../device.ts';
import { fileOf, RangeReader, writeFully } from '../../thread/file-io.ts';
import type { RunRequest, WorkerFile } from '../../thread/protocol.ts';
import type { WholeOperand } from '../../../plan/derived-operand.ts';
import { type ChunkLayout, SMALL_BUFFER_BYTES } from '../layout.ts';

/** Fills the mapped upload buffer with a chunk's inputs, from files or from what the main thread has staged. */
export function readInputs(
  { chunk, staged }: RunRequest,
  layout: ChunkLayout,
  mapped: ArrayBuffer,
  files: readonly WorkerFile[],
  staging: SharedArrayBuffer | undefined,
): void {
  const target = new Uint8Array(mapped);
  for (const [i, { ranges }] of chunk.inputs.entries()) {
    const begin = layout.uploads[i]?.offset ?? 0;
    const bytes = rangeBytes(ranges);
    const address = staged[i];
    if (address === undefined) new RangeReader(ranges, files).read(target, begin, bytes);
    else if (staging !== undefined) target.set(new Uint8Array(staging, address, bytes), begin);
    // statistics take whole octets: what lies behind the last element must add nothing
    if (chunk.kernel === 'statistic' || chunk.resident !== undefined)
      target.fill(0, begin + bytes, padded(begin + bytes));
  }
}

/** Reads an operand whole. */
export function readWhole({ ranges }: WholeOperand, files: readonly WorkerFile[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(rangeBytes(ranges));
  new RangeReader(ranges, files).read(bytes, 0, bytes.byteLength);
  return bytes;
}

/** Writes every output from the mapped readback buffer. @returns the pieces of each, where a summer is given */
export function writeOutputs(
  chunk: Chunk,
  layout: ChunkLayout,
  mapped: ArrayBuffer,
  files: readonly WorkerFile[],
  summer: Checksummer | undefined,
): Piece[][] | undefined {
  const all: Piece[][] = [];
  for (const [k, { file, begin }] of chunk.outputs.entries()) {
    const region = layout.outputs[k] ?? { offset: 0, bytes: 0 };
    const source = new Uint8Array(mapped, SMALL_BUFFER_BYTES + region.offset, region.bytes);
    const target = fileOf(files, file);
    if (summer === undefined) writeFully(target, source, 0, source.byteLength, begin);
    else all.push(writeSummed(target, source, begin, summer));
  }
  return summer && all;
}

/** A piece goes through the summer's memory, which stays in the cache, and from there to the file. */
function writeSummed(file: WorkerFile, source: Uint8Array, begin: number, summer: Checksummer): Piece[] {
  const pieces: Piece[] = [];
  const { buffer } = summer;
  for (let at = 0; at < source.byteLength; at += MOST_PIECE_BYTES) {
    const part = source.subarray(at, at + MOST_PIECE_BYTES);
    buffer.set(part);
    pieces.push([part.byteLength, summer.sumOfBuffer(part.byteLength)]);
    writeFully(file, buffer, 0, part.byteLength, begin + at);
  }
  return pieces;
}
