import { createHash } from 'node:crypto';
import type { RandomKey } from './statistics.ts';

/**
 * Key of the random mask of one input of one tensor: the first 8 bytes, as two little-endian words, of SHA-256 over seed,
 * number of the input and name of the tensor. The input counts by its place in the recipe, so that a moved folder changes
 * nothing.
 */
export function randomKey(seed: number, input: number, tensor: string): RandomKey {
  const hash = createHash('sha256').update(`${seed}\n${input}\n${tensor}`).digest();
  return [hash.readUInt32LE(0), hash.readUInt32LE(4)];
}
