// Eight neighbouring elements, the unit of work, as the bits of f32: elements 0 2 4 6 and 1 3 5 7.
// This split costs packed 16-bit words one shift or mask an element, and wider or narrower types only a swizzle.
struct Octet {
  even: vec4<u32>,
  odd: vec4<u32>,
}

fn magnitude(bits: vec4<u32>) -> vec4<u32> {
  return bits & vec4(0x7fffffffu);
}
