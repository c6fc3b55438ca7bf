import { Checksummer, MOST_PIECE_BYTES } from '../../devices/checksum.ts';
import type { Chunk } from '../../plan/chunks/chunk.ts';
import { writtenBytes } from '../../plan/output-form.ts';
import type { FinishedRange, JournalRecord } from './record.ts';
import { openRegular } from '../../regular-file.ts';

/** Bytes [begin, end) of a file. */
interface Interval {
  readonly begin: number;
  readonly end: number;
}

/** What an earlier run has finished: ranges of the output files. */
export class FinishedRanges {
  /** By file, in order, joined where they touch. */
  readonly #intervals: ReadonlyMap<number, readonly Interval[]>;

  constructor(records: readonly JournalRecord[]) {
    const byFile = new Map<number, Interval[]>();
    for (const { file, begin, pieces } of records.flatMap(({ ranges }) => ranges)) {
      const own = byFile.get(file) ?? [];
      own.push({ begin, end: begin + bytesOf(pieces) });
      byFile.set(file, own);
    }
    this.#intervals = new Map([...byFile].map(([file, intervals]) => [file, joined(intervals)]));
  }

  /** Whether all that a chunk would write is there. A chunk that writes nothing is never finished. */
  covers({ outputs, elements }: Pick<Chunk, 'outputs' | 'elements'>): boolean {
    return (
      outputs.length > 0 &&
      outputs.every((output) => {
        const { file, begin } = output;
        return this.#holds(file, begin, begin + writtenBytes(output, elements));
      })
    );
  }

  #holds(file: number, begin: number, end: number): boolean {
    const intervals = this.#intervals.get(file) ?? [];
    let [low, high] = [0, intervals.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((intervals[middle]?.begin ?? Infinity) <= begin) low = middle + 1;
      else high = middle;
    }
    const found = intervals[low - 1];
    return found !== undefined && found.begin <= begin && end <= found.end;
  }
}

function bytesOf(pieces: FinishedRange['pieces']): number {
  return pieces.reduce((sum, [bytes]) => sum + bytes, 0);
}

function joined(intervals: Interval[]): Interval[] {
  const result: Interval[] = [];
  for (const { begin, end } of intervals.sort((a, b) => a.begin - b.begin)) {
    const last = result.at(-1);
    if (last !== undefined && begin <= last.end) {
      result[result.length - 1] = { begin: last.begin, end: Math.max(last.end, end) };
    } else {
      result.push({ begin, end });
    }
  }
  return result;
}

/**
 * The records whose bytes are on the disk as they were written: what was lost with the power, cut off or changed is left out.
 * @param files paths of the output files, by number
 */
export async function intactRecords(
  records: readonly JournalRecord[],
  files: readonly string[],
  signal?: AbortSignal,
): Promise<JournalRecord[]> {
  const summer = await Checksummer.open();
  const intact: JournalRecord[] = [];
  for (const record of records) {
    signal?.throwIfAborted();
    let good = record.ranges.length > 0;
    for (const range of record.ranges) good &&= await isIntact(range, files[range.file], summer);
    if (good) intact.push(record);
  }
  return intact;
}

async function isIntact(
  { begin, pieces }: FinishedRange,
  path: string | undefined,
  summer: Checksummer,
): Promise<boolean> {
  if (path === undefined || pieces.length === 0) return false;
  const opened = await openRegular(path).catch(() => undefined);
  if (opened === undefined) return false;
  const { file } = opened;
  try {
    let position = begin;
    for (const [bytes, sum] of pieces) {
      if (bytes > MOST_PIECE_BYTES) return false;
      const { bytesRead } = await file.read(summer.buffer, 0, bytes, position);
      if (bytesRead !== bytes || summer.sumOfBuffer(bytes) !== sum) return false;
      position += bytes;
    }
    return true;
  } catch {
    return false;
  } finally {
    await file.close();
  }
}
