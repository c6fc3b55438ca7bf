/** Stores Σ x² of `count` f32 as one f64, summed in two lanes of f64. */
export function squares(x: usize, count: i32, out: usize): void {
  let sums = f64x2.splat(0);
  const end = x + (<usize>count << 2);
  for (; x + 8 <= end; x += 8) {
    const pair = f64x2.promote_low_f32x4(v128.load64_zero(x));
    sums = f64x2.add(sums, f64x2.mul(pair, pair));
  }
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  if (x < end) {
    const last = <f64>load<f32>(x);
    sum += last * last;
  }
  store<f64>(out, sum);
}
