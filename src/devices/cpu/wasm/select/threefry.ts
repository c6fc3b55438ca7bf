// Threefry-2x32 with 13 rounds, the fewest that pass BigCrush (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy
// as 1, 2, 3. SC 2011), eight counters at once: two chains of instructions that do not wait for each other.

@inline
function rotate(v: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(v, bits), i32x4.shr_u(v, 32 - bits));
}

@inline
function rotate16(v: v128): v128 {
  return v128.shuffle<i16>(v, v, 1, 0, 3, 2, 5, 4, 7, 6);
}

/**
 * The random words of elements [element, element + n) of a tensor: of counter e >> 1 the first word for even e, the second
 * for odd ones. Whole groups of words are written: `dst` holds up to 16 more than n. Returns where the first is.
 */
export function randomWords(key0: u32, key1: u32, element: u64, dst: usize, n: i32): usize {
  const odd = <i32>(element & 1);
  threefry(key0, key1, element >> 1, dst, n + odd);
  return dst + (<usize>odd << 2);
}

/**
 * The upper halves, as u16, of the draws of elements [element, element + n) of a tensor: counter e >> 2 has four. Up to 80 bytes
 * more than 2n are written. Returns where the first is.
 */
export function upperHalves(key0: u32, key1: u32, element: u64, dst: usize, n: i32): usize {
  const skipped = <i32>(element & 3);
  threefry(key0, key1, element >> 2, dst, (n + skipped + 1) >> 1);
  return dst + (<usize>skipped << 1);
}

/** The lower half of an element's draw: of the same counter with its highest bit set. Writes 64 bytes at `free`. */
export function lowerHalf(key0: u32, key1: u32, element: u64, free: usize): u32 {
  threefry(key0, key1, (element >> 2) | (<u64>1 << 63), free, 2);
  return <u32>load<u16>(free + (<usize>(element & 3) << 1));
}

/** Both words of each counter from `counter` on to `dst`: `words` words, rounded up to 16. */
export function threefry(key0: u32, key1: u32, counter: u64, dst: usize, words: i32): void {
  const k0 = i32x4.splat(key0);
  const k1 = i32x4.splat(key1);
  const k2 = i32x4.splat(0x1bd11bda ^ key0 ^ key1);
  const a1 = k1;
  const b1 = i32x4.add(k2, i32x4.splat(1));
  const a2 = k2;
  const b2 = i32x4.add(k0, i32x4.splat(2));
  const a3 = k0;
  const b3 = i32x4.add(k1, i32x4.splat(3));
  const four = i32x4(4, 5, 6, 7);
  for (let i = 0; i < words; i += 16) {
    const first = i32x4.splat(<i32>counter);
    const high = i32x4.add(i32x4.splat(<i32>(counter >> 32)), k1);
    const low = i32x4.add(first, i32x4(0, 1, 2, 3));
    const next = i32x4.add(first, four);
    // −1 where the low word wrapped
    let x = i32x4.add(low, k0);
    let y = i32x4.sub(high, i32x4.lt_u(low, first));
    let p = i32x4.add(next, k0);
    let q = i32x4.sub(high, i32x4.lt_u(next, first));
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 13), x);
    p = i32x4.add(p, q); q = v128.xor(rotate(q, 13), p);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 15), x);
    p = i32x4.add(p, q); q = v128.xor(rotate(q, 15), p);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 26), x);
    p = i32x4.add(p, q); q = v128.xor(rotate(q, 26), p);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 6), x);
    p = i32x4.add(p, q); q = v128.xor(rotate(q, 6), p);
    x = i32x4.add(x, a1); y = i32x4.add(y, b1);
    p = i32x4.add(p, a1); q = i32x4.add(q, b1);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 17), x);
    p = i32x4.add(p, q); q = v128.xor(rotate(q, 17), p);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 29), x);
    p = i32x4.add(p, q); q = v128.xor(rotate(q, 29), p);
    x = i32x4.add(x, y); y = v128.xor(rotate16(y), x);
    p = i32x4.add(p, q); q = v128.xor(rotate16(q), p);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 24), x);
    p = i32x4.add(p, q); q = v128.xor(rotate(q, 24), p);
    x = i32x4.add(x, a2); y = i32x4.add(y, b2);
    p = i32x4.add(p, a2); q = i32x4.add(q, b2);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 13), x);
    p = i32x4.add(p, q); q = v128.xor(rotate(q, 13), p);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 15), x);
    p = i32x4.add(p, q); q = v128.xor(rotate(q, 15), p);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 26), x);
    p = i32x4.add(p, q); q = v128.xor(rotate(q, 26), p);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 6), x);
    p = i32x4.add(p, q); q = v128.xor(rotate(q, 6), p);
    x = i32x4.add(x, a3); y = i32x4.add(y, b3);
    p = i32x4.add(p, a3); q = i32x4.add(q, b3);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 17), x);
    p = i32x4.add(p, q); q = v128.xor(rotate(q, 17), p);
    const at = dst + (<usize>i << 2);
    v128.store(at, v128.shuffle<i32>(x, y, 0, 4, 1, 5));
    v128.store(at, v128.shuffle<i32>(x, y, 2, 6, 3, 7), 16);
    v128.store(at, v128.shuffle<i32>(p, q, 0, 4, 1, 5), 32);
    v128.store(at, v128.shuffle<i32>(p, q, 2, 6, 3, 7), 48);
    counter += 8;
  }
}
