// Threefry-2x32 of 13 rounds: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011).

// Both words of two counters.
struct Words {
  first: vec2<u32>,
  second: vec2<u32>,
}

fn threefry_round(words: Words, bits: u32) -> Words {
  let sum = words.first + words.second;
  return Words(sum, sum ^ ((words.second << vec2(bits)) | (words.second >> vec2(32u - bits))));
}

fn threefry_rounds(words: Words, bits: vec4<u32>) -> Words {
  return threefry_round(threefry_round(threefry_round(threefry_round(words, bits.x), bits.y), bits.z), bits.w);
}

fn threefry_key(words: Words, first: u32, second: u32) -> Words {
  return Words(words.first + vec2(first), words.second + vec2(second));
}

fn threefry(key: vec2<u32>, low: vec2<u32>, high: vec2<u32>) -> Words {
  const A = vec4(13u, 15u, 26u, 6u);
  const B = vec4(17u, 29u, 16u, 24u);
  let third = key.x ^ key.y ^ 0x1bd11bdau;
  var words = threefry_rounds(threefry_key(Words(low, high), key.x, key.y), A);
  words = threefry_rounds(threefry_key(words, key.y, third + 1u), B);
  words = threefry_rounds(threefry_key(words, third, key.x + 2u), A);
  return threefry_round(threefry_key(words, key.x, key.y + 3u), B.x);
}

// Halves of the draws of an octet: the upper ones, or with `lower` the lower ones, of the same counters with their highest bit
// set. `key`: the key, then the counter of the chunk's first element: a fourth of its place in the tensor, low word first. Each
// counter has the halves of four neighbours.
fn random_halves(key: vec4<u32>, octet: u32, lower: bool) -> Octet {
  let low = vec2(key.z + octet * 2u) + vec2(0u, 1u);
  let high = select(vec2(key.w), vec2(key.w + 1u), low < vec2(key.z)) | vec2(select(0u, 0x80000000u, lower));
  let pair = threefry(key.xy, low, high);
  let words = vec4(pair.first.x, pair.second.x, pair.first.y, pair.second.y);
  return Octet(words & vec4(0xffffu), words >> vec4(16u));
}

// Whether draws are at most `most` (upper half, lower half). `half`: the upper halves of the even or the odd elements of an octet.
fn draws_within(half: vec4<u32>, most: vec2<u32>, key: vec4<u32>, place: u32) -> vec4<bool> {
  let is_open = half == vec4(most.x);
  if (most.y == 0xffffu || !any(is_open)) {
    return half <= vec4(most.x);
  }
  // one element in 65,536
  let octet = random_halves(key, place / 8u, true);
  let lower = select(octet.even, octet.odd, (place & 1u) == 1u);
  return (half < vec4(most.x)) | (is_open & (lower <= vec4(most.y)));
}
