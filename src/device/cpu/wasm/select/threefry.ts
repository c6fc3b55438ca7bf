// Threefry-2x32 with 13 rounds, the fewest that pass BigCrush (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy
// as 1, 2, 3. SC 2011), four counters at once.

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

/** Both words of each counter from `counter` on to `dst`: `words` words, rounded up to 8. */
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
  for (let i = 0; i < words; i += 8) {
    const first = i32x4.splat(<i32>counter);
    const low = i32x4.add(first, i32x4(0, 1, 2, 3));
    const carry = i32x4.lt_u(low, first); // −1 where the low word wrapped
    let x = i32x4.add(low, k0);
    let y = i32x4.add(i32x4.sub(i32x4.splat(<i32>(counter >> 32)), carry), k1);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 13), x);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 15), x);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 26), x);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 6), x);
    x = i32x4.add(x, a1); y = i32x4.add(y, b1);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 17), x);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 29), x);
    x = i32x4.add(x, y); y = v128.xor(rotate16(y), x);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 24), x);
    x = i32x4.add(x, a2); y = i32x4.add(y, b2);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 13), x);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 15), x);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 26), x);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 6), x);
    x = i32x4.add(x, a3); y = i32x4.add(y, b3);
    x = i32x4.add(x, y); y = v128.xor(rotate(y, 17), x);
    const at = dst + (<usize>i << 2);
    v128.store(at, v128.shuffle<i32>(x, y, 0, 4, 1, 5));
    v128.store(at, v128.shuffle<i32>(x, y, 2, 6, 3, 7), 16);
    counter += 4;
  }
}
