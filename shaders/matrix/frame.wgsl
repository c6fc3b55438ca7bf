// What kernels of the forward pass have in common. Each binds its own operands, all of them parts of one buffer and therefore
// read_write; where an operand begins in its binding stands in `params`, in elements.
@group(0) @binding(0) var<storage, read> params: array<u32>;

fn number(at: u32) -> f32 {
  return bitcast<f32>(params[at]);
}

// Workgroups that do not fit one dimension of a dispatch go on in the next.
fn numbered(group: vec3<u32>, groups: vec3<u32>) -> u32 {
  return group.x + group.y * groups.x;
}

// e^x; what is below e^-87 is about 0, and a driver may not know it.
fn power(x: f32) -> f32 {
  return exp(clamp(x, -87.3, 88.3));
}

fn tangent(x: f32) -> f32 {
  return 1.0 - 2.0 / (power(2.0 * x) + 1.0);
}

// Keeps scores and logits within ±cap; 0: none.
fn capped(x: f32, cap: f32) -> f32 {
  if (cap > 0.0) {
    return cap * tangent(x / cap);
  }
  return x;
}
