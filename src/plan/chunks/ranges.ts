import type { ByteRange } from './chunk.ts';

/** Bytes [begin, end) of the joined ranges. */
export function cutRanges(ranges: readonly ByteRange[], begin: number, end: number): ByteRange[] {
  const cut: ByteRange[] = [];
  let at = 0;
  for (const range of ranges) {
    const from = Math.max(begin, at);
    const to = Math.min(end, at + range.length);
    if (from < to) cut.push({ file: range.file, begin: range.begin + from - at, length: to - from });
    at += range.length;
    if (at >= end) break;
  }
  return cut;
}

/** Bytes of the joined ranges. */
export function rangeBytes(ranges: readonly Pick<ByteRange, 'length'>[]): number {
  return ranges.reduce((sum, { length }) => sum + length, 0);
}
