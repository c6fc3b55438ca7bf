import type { FileRange } from '../models/checkpoint/header/header.ts';
import { readParts } from '../models/checkpoint/header/read-parts.ts';
import type { ReadPart } from './value-reader.ts';

/** All bytes of joined parts. */
export async function readWhole<Part extends FileRange>(
  parts: readonly Part[],
  readPart: ReadPart<Part>,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(parts.reduce((sum, { begin, end }) => sum + end - begin, 0));
  await readParts(parts, bytes, 0, readPart);
  return bytes;
}
