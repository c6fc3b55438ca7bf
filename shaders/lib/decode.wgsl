// Bits of a narrow float -> bits of the f32 of the same value, exactly. Integer arithmetic, so that subnormals survive
// hardware that flushes them; f32(u32) is exact below 2^24. NaN payloads are not kept.

// Bits above the low 16 are ignored.
fn decode_f16(half: vec4<u32>) -> vec4<u32> {
  let magnitude = half & vec4(0x7fffu);
  let normal = (magnitude << vec4(13u)) + vec4(112u << 23u);
  let special = (magnitude << vec4(13u)) | vec4(0x7f800000u);
  let subnormal = bitcast<vec4<u32>>(vec4<f32>(magnitude)) - vec4(24u << 23u); // units of 2^-24
  var bits = select(normal, special, magnitude >= vec4(0x7c00u));
  bits = select(bits, subnormal, magnitude < vec4(0x400u));
  bits = select(bits, vec4(0u), magnitude == vec4(0u));
  return bits | ((half & vec4(0x8000u)) << vec4(16u));
}

// Bits above the low 8 are ignored.
fn decode_f8_e5m2(byte: vec4<u32>) -> vec4<u32> {
  return decode_f16(byte << vec4(8u)); // the upper byte of a half
}

// Bits above the low 8 are ignored.
fn decode_f8_e4m3(byte: vec4<u32>) -> vec4<u32> {
  let magnitude = byte & vec4(0x7fu);
  let normal = (magnitude << vec4(20u)) + vec4(120u << 23u);
  let subnormal = bitcast<vec4<u32>>(vec4<f32>(magnitude)) - vec4(9u << 23u); // units of 2^-9
  var bits = select(normal, vec4(0x7fc00000u), magnitude == vec4(0x7fu));
  bits = select(bits, subnormal, magnitude < vec4(8u));
  bits = select(bits, vec4(0u), magnitude == vec4(0u));
  return bits | ((byte & vec4(0x80u)) << vec4(24u));
}
