// Octet number `octet` of the operand whose region begins at `base` (in vec4s), from each dtype.

fn load_f32(base: u32, octet: u32) -> Octet {
  let a = inputs[base + octet * 2u];
  let b = inputs[base + octet * 2u + 1u];
  return Octet(vec4(a.xz, b.xz), vec4(a.yw, b.yw));
}

fn load_bf16(base: u32, octet: u32) -> Octet {
  let words = inputs[base + octet];
  return Octet(words << vec4(16u), words & vec4(0xffff0000u));
}

fn load_f16(base: u32, octet: u32) -> Octet {
  let words = inputs[base + octet];
  return Octet(decode_f16(words), decode_f16(words >> vec4(16u)));
}

// The eight bytes of an octet: elements 0 2 4 6, and 1 3 5 7 one byte higher.
fn load_bytes(base: u32, octet: u32) -> vec4<u32> {
  let both = inputs[base + (octet >> 1u)];
  let words = select(both.xy, both.zw, (octet & 1u) == 1u);
  return words.xxyy >> vec4(0u, 16u, 0u, 16u);
}

fn load_f8_e4m3(base: u32, octet: u32) -> Octet {
  let bytes = load_bytes(base, octet);
  return Octet(decode_f8_e4m3(bytes), decode_f8_e4m3(bytes >> vec4(8u)));
}

fn load_f8_e5m2(base: u32, octet: u32) -> Octet {
  let bytes = load_bytes(base, octet);
  return Octet(decode_f8_e5m2(bytes), decode_f8_e5m2(bytes >> vec4(8u)));
}
