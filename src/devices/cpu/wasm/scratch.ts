// Scratch memory: slots of one block of f32 each.

/** Elements that pass through scratch memory at once: they stay in the first-level cache. */
export const BLOCK: i32 = 1024;

/** Bytes of a slot: a block, and room for the 16 elements past its end that kernels may touch. */
export const SLOT: usize = 4160;

@inline
export function slotAt(scratch: usize, k: i32): usize {
  return scratch + <usize>k * SLOT;
}

/** Bits of a f32 without its sign; infinity, and above it NaN. */
export const MAGNITUDE: u32 = 0x7fffffff;
export const INFINITE: u32 = 0x7f800000;

@inline
export function magnitude4(v: v128): v128 {
  return v128.and(v, i32x4.splat(0x7fffffff));
}
