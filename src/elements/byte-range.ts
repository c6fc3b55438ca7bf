/**
 * Bytes [begin, end) of a file.
 * @typeParam File how the file is known: its number among a plan's inputs or a checkpoint's files, its path, or its open source
 */
export interface ByteRange<File = number> {
  readonly file: File;
  readonly begin: number;
  readonly end: number;
}

/** Bytes [begin, end) of a file that the context names. */
export type ByteBounds = Omit<ByteRange, 'file'>;

/** Number of bytes of the joined ranges. */
export function rangeBytes(ranges: readonly ByteBounds[]): number {
  return ranges.reduce((sum, { begin, end }) => sum + end - begin, 0);
}

/** Bytes [begin, end) of the joined ranges. */
export function cutRanges<Range extends ByteBounds>(ranges: readonly Range[], begin: number, end: number): Range[] {
  const cut: Range[] = [];
  let at = 0;
  for (const range of ranges) {
    const length = range.end - range.begin;
    const [from, to] = [Math.max(begin, at), Math.min(end, at + length)];
    if (from < to) cut.push({ ...range, begin: range.begin + from - at, end: range.begin + to - at });
    at += length;
    if (at >= end) break;
  }
  return cut;
}

/** Appends a range to others; joined with the last one if it continues it. */
export function appendRange(ranges: ByteRange[], range: ByteRange): void {
  const last = ranges.at(-1);
  if (last?.file === range.file && last.end === range.begin) {
    ranges[ranges.length - 1] = { ...last, end: range.end };
  } else ranges.push(range);
}

/**
 * Fills `target` with bytes of the joined ranges, from byte `offset` on.
 * @param read fills a piece of `target` from byte `position` of the range's file on
 */
export async function readRanges<Range extends ByteBounds>(
  ranges: readonly Range[],
  target: Uint8Array,
  offset: number,
  read: (range: Range, target: Uint8Array, position: number) => Promise<void> | undefined,
): Promise<void> {
  let done = 0;
  for (const range of cutRanges(ranges, offset, offset + target.byteLength)) {
    const length = range.end - range.begin;
    await read(range, target.subarray(done, done + length), range.begin);
    done += length;
  }
}

/** All bytes of the joined ranges. */
export async function readWhole<Range extends ByteBounds>(
  ranges: readonly Range[],
  read: (range: Range, target: Uint8Array, position: number) => Promise<void> | undefined,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(rangeBytes(ranges));
  await readRanges(ranges, bytes, 0, read);
  return bytes;
}
