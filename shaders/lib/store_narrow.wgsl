// Codes of an octet -> the region that begins at `base` (in output words of 8 bytes). Used as soon as one output has
// bytes: an octet of bytes is half a vec4, and no two threads may write one vector.
alias OutputWord = vec2<u32>;

fn store_32(base: u32, octet: u32, code: Octet) {
  outputs[base + octet * 4u] = vec2(code.even.x, code.odd.x);
  outputs[base + octet * 4u + 1u] = vec2(code.even.y, code.odd.y);
  outputs[base + octet * 4u + 2u] = vec2(code.even.z, code.odd.z);
  outputs[base + octet * 4u + 3u] = vec2(code.even.w, code.odd.w);
}

fn store_16(base: u32, octet: u32, code: Octet) {
  let words = code.even | (code.odd << vec4(16u));
  outputs[base + octet * 2u] = words.xy;
  outputs[base + octet * 2u + 1u] = words.zw;
}

fn store_8(base: u32, octet: u32, code: Octet) {
  let pairs = code.even | (code.odd << vec4(8u));
  outputs[base + octet] = pairs.xz | (pairs.yw << vec2(16u));
}
