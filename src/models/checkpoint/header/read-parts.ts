import type { FileRange } from './header.ts';

/**
 * Fills `target` with the bytes of joined parts from byte `offset` of them on.
 * @param read fills a piece of `target` from byte `position` of the part's file on
 */
export async function readParts<Part extends FileRange>(
  parts: readonly Part[],
  target: Uint8Array,
  offset: number,
  read: (part: Part, target: Uint8Array, position: number) => Promise<void> | undefined,
): Promise<void> {
  const end = offset + target.byteLength;
  let at = 0;
  for (const part of parts) {
    const length = part.end - part.begin;
    const [from, to] = [Math.max(offset, at), Math.min(end, at + length)];
    if (from < to) await read(part, target.subarray(from - offset, to - offset), part.begin + from - at);
    at += length;
    if (at >= end) return;
  }
}
