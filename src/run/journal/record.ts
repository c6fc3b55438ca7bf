import { crc32 } from 'node:zlib';
import * as z from 'zod';
import type { Chunk, ChunkReport, Piece } from '../../plan/chunks/chunk.ts';

/** Bytes [begin, begin + Σ pieces) of an output file, written and summed. `file` as in `ChunkOutput`. */
export interface FinishedRange {
  readonly file: number;
  readonly begin: number;
  readonly pieces: readonly Piece[];
}

/** One finished chunk. */
export interface JournalRecord {
  readonly ranges: readonly FinishedRange[];
  /** What the lane counted in it. */
  readonly tensors: ChunkReport['tensors'];
  readonly differing: readonly string[];
  /** Bytes of tensor data. */
  readonly read: number;
  readonly written: number;
}

/** An input as it was when its first byte was read. */
export interface InputFingerprint {
  readonly path: string;
  readonly size: number;
  /** Milliseconds, and a checksum of its first part with the header; absent where it is not on this machine. */
  readonly modified?: number | undefined;
  readonly head?: string | undefined;
}

/** The first line of a journal: what the finished ranges are the result of. */
export interface JournalHead {
  readonly version: 1;
  readonly plan: string;
  readonly inputs: readonly InputFingerprint[];
  /** Names of the workspaces of all outputs; the journal lies in the first. */
  readonly workspaces: readonly string[];
}

const count = z.number().int().nonnegative();
const piece: z.ZodType<Piece> = z.tuple([count, z.string()]);

const headSchema: z.ZodType<JournalHead> = z.object({
  version: z.literal(1),
  plan: z.string(),
  inputs: z.array(
    z.object({ path: z.string(), size: count, modified: z.number().optional(), head: z.string().optional() }),
  ),
  workspaces: z.array(z.string()),
});

const recordSchema: z.ZodType<JournalRecord> = z.object({
  ranges: z.array(z.object({ file: count, begin: count, pieces: z.array(piece) })),
  tensors: z.array(z.object({ tensor: z.string(), output: count, nan: count, infinite: count, overflow: count })),
  differing: z.array(z.string()),
  read: count,
  written: count,
});

/** A line of a journal: a checksum of the text, and the text. */
export function formatLine(value: JournalHead | JournalRecord): string {
  const text = JSON.stringify(value);
  return `${crc32(text).toString(16).padStart(8, '0')} ${text}\n`;
}

/** What a journal holds; `damaged` lines do not count. */
export interface JournalContent {
  readonly head: JournalHead | undefined;
  readonly records: readonly JournalRecord[];
  readonly damaged: number;
}

/** Reads a journal's text. Nothing is believed that does not carry its checksum. */
export function parseJournal(text: string): JournalContent {
  const [first = '', ...rest] = text.split('\n');
  const records: JournalRecord[] = [];
  let damaged = 0;
  for (const line of rest) {
    if (line === '') continue;
    const record = recordSchema.safeParse(valueOf(line)).data;
    if (record === undefined) damaged += 1;
    else records.push(record);
  }
  return { head: headSchema.safeParse(valueOf(first)).data, records, damaged };
}

function valueOf(line: string): unknown {
  const text = line.slice(9);
  if (line.slice(0, 9) !== `${crc32(text).toString(16).padStart(8, '0')} `) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The record of a chunk that was run. */
export function recordOf(chunk: Chunk, report: ChunkReport, moved: { read: number; written: number }): JournalRecord {
  const ranges = chunk.outputs.map(({ file, begin }, output) => ({
    file,
    begin,
    pieces: report.pieces?.[output] ?? [],
  }));
  return { ranges, tensors: report.tensors, differing: report.differing, ...moved };
}
