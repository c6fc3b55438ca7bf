// What a kernel is told beside its operands: words that stand behind them in `params`. `$at` in a kernel is a place there.
const SETTINGS = OPERANDS + INPUTS + OUTPUTS;

fn setting(at: u32) -> u32 {
  return params[SETTINGS + at];
}

fn settings_from(at: u32) -> vec4<u32> {
  return vec4(setting(at), setting(at + 1u), setting(at + 2u), setting(at + 3u));
}

fn number(at: u32) -> f32 {
  return bitcast<f32>(setting(at));
}

// Always 0, which no compiler knows.
var<private> nothing: u32;

// `value` as rounded: compilers may not fuse or distribute what it is made of with what is made of it. Where sums decide
// what is kept or elected, every device must see the same bits.
fn unfused(value: vec4<f32>) -> vec4<f32> {
  return bitcast<vec4<f32>>(bitcast<vec4<u32>>(value) ^ vec4(nothing));
}
