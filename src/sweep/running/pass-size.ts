import { SwizzleError } from '../../errors.ts';
import type { Limits } from '../file/spec.ts';

/** More outputs than this gain little: reading is a small share by then, and chunks get small. */
const MOST = 8;

export interface PassNeeds {
  /** Bytes of one variant on disk. */
  readonly variantBytes: number;
  /** Variants to be made. */
  readonly variants: number;
  /** Folders that stay. */
  readonly keep: number;
  /** Variants that are scored at the same time. */
  readonly scoring: number;
  /** Free bytes on the disk. */
  readonly free: number;
}

/**
 * How many variants one pass over the inputs makes: as many as disk and limits allow, up to eight, and at least as many
 * as are scored at once.
 * @throws SwizzleError 'space' when not even one at a time fits
 */
export function passSize(limits: Limits, needs: PassNeeds): number {
  const { variantBytes, variants, keep, scoring, free } = needs;
  const disk = Math.min(limits.disk, free);
  let size = Math.max(1, Math.min(limits.perPass ?? Math.max(MOST, scoring), variants));
  const held = (): number => variantBytes * Math.min(variants, Math.min(keep, variants) + scoring + size);
  while (held() > disk && size > 1) size -= 1;
  if (held() > disk) {
    const message = `the sweep needs ${held()} bytes of disk at once, only ${Math.floor(disk)} are allowed or free; a smaller keep needs less`;
    throw new SwizzleError('space', message, { details: { needed: held(), disk } });
  }
  return size;
}
