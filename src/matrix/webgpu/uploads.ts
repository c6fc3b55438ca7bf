import type { LoadRange } from '../device.ts';

/** Ranges, or parts of them, that lie behind one another in memory and are uploaded together. */
export interface Upload {
  /** A multiple of 4. */
  readonly address: number;
  readonly bytes: number;
  readonly ranges: readonly LoadRange[];
}

/**
 * Cuts ranges into uploads of at most `most` bytes (a multiple of 4). Copies on the GPU go by words, while a range may begin
 * anywhere: those that lie behind one another become one.
 */
export function uploadsOf(ranges: readonly LoadRange[], most: number): Upload[] {
  const uploads: { address: number; bytes: number; ranges: LoadRange[] }[] = [];
  for (const range of ranges) {
    for (let done = 0; done < range.end - range.begin;) {
      const address = range.address + done;
      let open = uploads.at(-1);
      if (open === undefined || open.address + open.bytes !== address || open.bytes === most) {
        open = { address, bytes: 0, ranges: [] };
        uploads.push(open);
      }
      const length = Math.min(range.end - range.begin - done, most - open.bytes);
      const begin = range.begin + done;
      open.ranges.push({ file: range.file, begin, end: begin + length, address });
      open.bytes += length;
      done += length;
    }
  }
  return uploads;
}
