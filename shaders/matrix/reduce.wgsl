// Sums and largest values of a workgroup, in an order that depends on nothing but its size.
var<workgroup> parts: array<f32, WORKGROUP>;

fn sum_of_all(own: f32, local: u32) -> f32 {
  parts[local] = own;
  workgroupBarrier();
  for (var step = WORKGROUP / 2u; step > 0u; step >>= 1u) {
    if (local < step) {
      parts[local] += parts[local + step];
    }
    workgroupBarrier();
  }
  let sum = parts[0];
  workgroupBarrier();
  return sum;
}

fn largest_of_all(own: f32, local: u32) -> f32 {
  parts[local] = own;
  workgroupBarrier();
  for (var step = WORKGROUP / 2u; step > 0u; step >>= 1u) {
    if (local < step) {
      parts[local] = max(parts[local], parts[local + step]);
    }
    workgroupBarrier();
  }
  let most = parts[0];
  workgroupBarrier();
  return most;
}
