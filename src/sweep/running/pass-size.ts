import { SwizzleError } from '../../errors.ts';
import type { Limits } from '../file/spec.ts';

/** More outputs than this gain little: reading is a small share by then, and chunks get small. */
const MOST = 8;

export interface PassNeeds {
  /** Bytes of one variant on disk. */
  readonly variantBytes: number;
  /** Variants that are still to be made. */
  readonly variants: number;
  /** Folders that are on the disk already. */
  readonly present: number;
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
  const { variantBytes, variants, present, keep, scoring, free } = needs;
  let size = Math.max(1, Math.min(limits.perPass ?? Math.max(MOST, scoring), variants));
  const all = variants + present;
  /** Folders at once: the kept ones, those that are scored, and those that are being made. */
  const held = (): number => Math.min(all, Math.min(keep, all) + scoring + size);
  // what is on the disk already is not free any more
  const room = Math.min(limits.disk, free + present * variantBytes);
  while (held() * variantBytes > room && size > 1) size -= 1;
  if (variants > 0 && held() * variantBytes > room) {
    const [needed, given] = [held() * variantBytes, Math.max(0, Math.floor(room))];
    const message = `the sweep needs ${needed} bytes of disk at once, ${given} are allowed or free; a smaller keep needs less`;
    throw new SwizzleError('space', message, { details: { needed, disk: room } });
  }
  return size;
}
