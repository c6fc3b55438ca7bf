// The codes of a dtype for what does not fit it.
struct Codes {
  sign: u32,
  nan: u32,
  infinite: u32, // NaN where the dtype has no infinity
  largest: u32,
}

const CODES_f32 = Codes(0x80000000u, 0x7fc00000u, 0x7f800000u, 0x7f7fffffu);
const CODES_bf16 = Codes(0x8000u, 0x7fc0u, 0x7f80u, 0x7f7fu);
const CODES_f16 = Codes(0x8000u, 0x7e00u, 0x7c00u, 0x7bffu);
const CODES_f8_e5m2 = Codes(0x80u, 0x7fu, 0x7cu, 0x7bu);
const CODES_f8_e4m3 = Codes(0x80u, 0x7fu, 0x7fu, 0x7eu);

// `code`, but NaN, infinities and what overflows (magnitudes from `limit` on) as the dtype writes them.
fn encode_special(bits: vec4<u32>, code: vec4<u32>, limit: u32, codes: Codes) -> vec4<u32> {
  let magnitude = bits & vec4(0x7fffffffu);
  let sign = select(vec4(0u), vec4(codes.sign), bits >= vec4(0x80000000u));
  let overflow = select(codes.infinite, codes.largest, params[SATURATE] == 1u);
  var result = select(code, sign | vec4(overflow), magnitude >= vec4(limit));
  result = select(result, sign | vec4(codes.infinite), magnitude == vec4(0x7f800000u));
  return select(result, vec4(codes.nan), magnitude > vec4(0x7f800000u));
}

fn special_f32(bits: vec4<u32>) -> vec4<u32> {
  return encode_special(bits, encode_f32(bits), LIMIT_f32, CODES_f32);
}

fn special_bf16(bits: vec4<u32>) -> vec4<u32> {
  return encode_special(bits, encode_bf16(bits), LIMIT_bf16, CODES_bf16);
}

fn special_f16(bits: vec4<u32>) -> vec4<u32> {
  return encode_special(bits, encode_f16(bits), LIMIT_f16, CODES_f16);
}

fn special_f8_e5m2(bits: vec4<u32>) -> vec4<u32> {
  return encode_special(bits, encode_f8_e5m2(bits), LIMIT_f8_e5m2, CODES_f8_e5m2);
}

fn special_f8_e4m3(bits: vec4<u32>) -> vec4<u32> {
  return encode_special(bits, encode_f8_e4m3(bits), LIMIT_f8_e4m3, CODES_f8_e4m3);
}

// How many of the octet's elements that are counted are NaN, infinite, and finite but at least `limit`.
fn tally(value: Octet, octet: u32, limit: u32) -> vec3<u32> {
  return tally_lanes(value.even, octet * 8u, limit) + tally_lanes(value.odd, octet * 8u + 1u, limit);
}

fn tally_lanes(bits: vec4<u32>, first: u32, limit: u32) -> vec3<u32> {
  let element = vec4(first) + vec4(0u, 2u, 4u, 6u);
  let counted = (element >= vec4(params[COUNT_BEGIN])) & (element < vec4(params[COUNT_END]));
  let magnitude = bits & vec4(0x7fffffffu);
  let nan = magnitude > vec4(0x7f800000u);
  let infinite = magnitude == vec4(0x7f800000u);
  let overflow = (magnitude >= vec4(limit)) & (magnitude < vec4(0x7f800000u));
  return vec3(ones(counted & nan), ones(counted & infinite), ones(counted & overflow));
}

fn ones(flags: vec4<bool>) -> u32 {
  let numbers = select(vec4(0u), vec4(1u), flags);
  return numbers.x + numbers.y + numbers.z + numbers.w;
}

// One counter of output `output`, once a thread.
fn count(output: u32, counts: vec3<u32>) {
  for (var kind = 0u; kind < 3u; kind++) {
    if (counts[kind] != 0u) {
      atomicAdd(&counters[output * 3u + kind], counts[kind]);
    }
  }
}
