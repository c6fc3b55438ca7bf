// A checksum of bytes for the journal of a run: two Fletcher sums over 32-bit words in sixteen lanes (as ZFS's fletcher4,
// modulo 2^32), mixed to 64 bits. It tells lost, torn and damaged writes; it is no defence against forgery.

@inline
function mix(hash: u64, word: u32): u64 {
  // the multiplier and the shift of splitmix64's first round
  const next = (hash ^ <u64>word) * 0xbf58476d1ce4e5b9;
  return next ^ (next >> 27);
}

@inline
function mixLanes(hash: u64, lanes: v128): u64 {
  hash = mix(hash, i32x4.extract_lane(lanes, 0));
  hash = mix(hash, i32x4.extract_lane(lanes, 1));
  hash = mix(hash, i32x4.extract_lane(lanes, 2));
  return mix(hash, i32x4.extract_lane(lanes, 3));
}

/** The checksum of bytes [address, address + bytes). */
export function checksum(address: usize, bytes: i32): u64 {
  let a0 = i32x4.splat(0);
  let a1 = i32x4.splat(0);
  let a2 = i32x4.splat(0);
  let a3 = i32x4.splat(0);
  let b0 = i32x4.splat(0);
  let b1 = i32x4.splat(0);
  let b2 = i32x4.splat(0);
  let b3 = i32x4.splat(0);
  const end = address + <usize>(bytes & ~63);
  let at = address;
  for (; at < end; at += 64) {
    a0 = i32x4.add(a0, v128.load(at));
    a1 = i32x4.add(a1, v128.load(at, 16));
    a2 = i32x4.add(a2, v128.load(at, 32));
    a3 = i32x4.add(a3, v128.load(at, 48));
    b0 = i32x4.add(b0, a0);
    b1 = i32x4.add(b1, a1);
    b2 = i32x4.add(b2, a2);
    b3 = i32x4.add(b3, a3);
  }
  let hash: u64 = <u64>bytes;
  hash = mixLanes(mixLanes(mixLanes(mixLanes(hash, a0), a1), a2), a3);
  hash = mixLanes(mixLanes(mixLanes(mixLanes(hash, b0), b1), b2), b3);
  for (const last = address + <usize>bytes; at < last; at++) hash = mix(hash, <u32>load<u8>(at));
  return hash;
}
