// Bits of f32 -> bits of a narrower float, rounded to nearest even, by integer arithmetic.
// Right for every value below LIMIT_*; encode_special has the others.

// Magnitudes from here on are NaN, infinite, or round beyond the largest finite value.
const LIMIT_f32 = 0x7f800000u;
const LIMIT_bf16 = 0x7f7f8000u;
const LIMIT_f16 = 0x477ff000u; // 65520 ties to even, up
const LIMIT_f8_e5m2 = 0x47700000u; // 61440 ties to even, up
const LIMIT_f8_e4m3 = 0x43e80001u; // 464 ties to even, down to 448

fn encode_f32(bits: vec4<u32>) -> vec4<u32> {
  return bits;
}

fn encode_bf16(bits: vec4<u32>) -> vec4<u32> {
  return (bits + vec4(0x7fffu) + ((bits >> vec4(16u)) & vec4(1u))) >> vec4(16u);
}

fn encode_f16(bits: vec4<u32>) -> vec4<u32> {
  return encode_small(bits, 13u, 113u) | ((bits >> vec4(16u)) & vec4(0x8000u));
}

fn encode_f8_e5m2(bits: vec4<u32>) -> vec4<u32> {
  return encode_small(bits, 21u, 113u) | ((bits >> vec4(24u)) & vec4(0x80u));
}

fn encode_f8_e4m3(bits: vec4<u32>) -> vec4<u32> {
  return encode_small(bits, 20u, 121u) | ((bits >> vec4(24u)) & vec4(0x80u));
}

// `drop`: bits of f32's fraction that the type lacks. `least`: f32's biased exponent of its least normal value.
fn encode_small(bits: vec4<u32>, drop: u32, least: u32) -> vec4<u32> {
  let magnitude = bits & vec4(0x7fffffffu);
  let rebased = magnitude - vec4((least - 1u) << 23u);
  let normal = (rebased + vec4((1u << (drop - 1u)) - 1u) + ((rebased >> vec4(drop)) & vec4(1u))) >> vec4(drop);
  let fraction = (magnitude & vec4(0x7fffffu)) | vec4(0x800000u);
  // Below the least subnormal's half every shift gives 0, and so does 25.
  let shift = min(vec4(drop + least) - min(magnitude >> vec4(23u), vec4(least)), vec4(25u));
  let half = vec4(1u) << (shift - vec4(1u));
  let subnormal = (fraction + half - vec4(1u) + ((fraction >> shift) & vec4(1u))) >> shift;
  return select(normal, subnormal, magnitude < vec4(least << 23u));
}
