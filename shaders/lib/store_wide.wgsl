// Codes of an octet -> the region that begins at `base` (in output words of 16 bytes). For dtypes of 2 and 4 bytes.
alias OutputWord = vec4<u32>;

fn store_32(base: u32, octet: u32, code: Octet) {
  outputs[base + octet * 2u] = vec4(code.even.x, code.odd.x, code.even.y, code.odd.y);
  outputs[base + octet * 2u + 1u] = vec4(code.even.z, code.odd.z, code.even.w, code.odd.w);
}

fn store_16(base: u32, octet: u32, code: Octet) {
  outputs[base + octet] = code.even | (code.odd << vec4(16u));
}
