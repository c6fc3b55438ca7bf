// Threefry-2x32 of 13 rounds: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (2011).

fn threefry_round(pair: Octet, bits: u32) -> Octet {
  let sum = pair.even + pair.odd;
  return Octet(sum, sum ^ ((pair.odd << vec4(bits)) | (pair.odd >> vec4(32u - bits))));
}

fn threefry_rounds(pair: Octet, bits: vec4<u32>) -> Octet {
  return threefry_round(threefry_round(threefry_round(threefry_round(pair, bits.x), bits.y), bits.z), bits.w);
}

fn threefry_key(pair: Octet, even: u32, odd: u32) -> Octet {
  return Octet(pair.even + vec4(even), pair.odd + vec4(odd));
}

// Two words for each of four counters.
fn threefry(key: vec2<u32>, low: vec4<u32>, high: vec4<u32>) -> Octet {
  const A = vec4(13u, 15u, 26u, 6u);
  const B = vec4(17u, 29u, 16u, 24u);
  let third = key.x ^ key.y ^ 0x1bd11bdau;
  var pair = threefry_rounds(threefry_key(Octet(low, high), key.x, key.y), A);
  pair = threefry_rounds(threefry_key(pair, key.y, third + 1u), B);
  pair = threefry_rounds(threefry_key(pair, third, key.x + 2u), A);
  return threefry_round(threefry_key(pair, key.x, key.y + 3u), B.x);
}

// The random words of an octet. `key`: the key, then the counter of the chunk's first two elements: half their place in the
// tensor, low word first. Each counter gives the words of two neighbours.
fn random_words(key: vec4<u32>, octet: u32) -> Octet {
  let low = vec4(key.z + octet * 4u) + vec4(0u, 1u, 2u, 3u);
  let high = select(vec4(key.w), vec4(key.w + 1u), low < vec4(key.z));
  return threefry(key.xy, low, high);
}
