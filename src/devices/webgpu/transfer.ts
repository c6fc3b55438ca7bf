import type { Chunk, Piece } from '../../plan/chunks/chunk.ts';
import type { ByteRange } from '../../elements/byte-range.ts';
import { type OpenFiles, padded } from '../device.ts';
import type { ChunkLayout } from './layout.ts';
import { SMALL_BUFFER_BYTES } from './layout.ts';
import { SwizzleError } from '../../errors.ts';
import { settleAll } from '../../settle-all.ts';

function numbered<T>(files: readonly T[], index: number): T {
  const file = files[index];
  if (file === undefined) throw new SwizzleError('internal', `chunk names file ${index} of ${files.length}`);
  return file;
}

/** Fills the beginning of `target`. @returns bytes read */
export async function readRanges(
  ranges: readonly ByteRange[],
  target: Uint8Array,
  files: OpenFiles,
  signal: AbortSignal | undefined,
): Promise<number> {
  let at = 0;
  for (const { file, begin, end } of ranges) {
    const length = end - begin;
    await numbered(files.inputs, file).read(target.subarray(at, at + length), begin, signal);
    at += length;
  }
  return at;
}

/** Fills the mapped upload buffer: inputs at the same time, the ranges of one input in order. */
export async function readInputs(
  chunk: Chunk,
  layout: ChunkLayout,
  mapped: ArrayBuffer,
  files: OpenFiles,
  signal: AbortSignal | undefined,
): Promise<void> {
  // mapped memory must not be given back while a read still fills it
  await settleAll(
    chunk.inputs.map(async (input, i) => {
      const begin = layout.uploads[i]?.offset ?? 0;
      const offset = begin + (await readRanges(input.ranges, new Uint8Array(mapped, begin), files, signal));
      // statistics take whole octets: what lies behind the last element must add nothing
      if (chunk.kernel === 'statistic') new Uint8Array(mapped, offset, padded(offset) - offset).fill(0);
    }),
  );
}

/** Writes every output from the mapped readback buffer. @returns the pieces of each, where they are asked for */
export async function writeOutputs(
  chunk: Chunk,
  layout: ChunkLayout,
  mapped: ArrayBuffer,
  files: OpenFiles,
): Promise<Piece[][] | undefined> {
  const sources = chunk.outputs.map((_, k) => {
    const region = layout.outputs[k] ?? { offset: 0, bytes: 0 };
    return new Uint8Array(mapped, SMALL_BUFFER_BYTES + region.offset, region.bytes);
  });
  const written = settleAll(
    chunk.outputs.map(async (output, k) => {
      await numbered(files.outputs, output.file).write(sources[k] ?? new Uint8Array(), output.begin);
    }),
  );
  // summed while the system writes
  const pieces = files.summer && sources.map((source) => files.summer?.piecesOf(source) ?? []);
  await written;
  return pieces;
}
