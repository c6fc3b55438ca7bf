// Steps over whole matrices of f32.

/** x = a · x + b · y. What has the factor 0 does not count, whatever it is. */
export function combine(x: usize, y: usize, a: f32, b: f32, elements: i32): void {
  const end = x + (<usize>elements << 2);
  const as = f32x4.splat(a), bs = f32x4.splat(b), none = f32x4.splat(0);
  for (; x + 16 <= end; x += 16) {
    const own = a == 0 ? none : f32x4.mul(as, v128.load(x));
    v128.store(x, b == 0 ? own : f32x4.add(own, f32x4.mul(bs, v128.load(y))));
    y += 16;
  }
  for (; x < end; x += 4) {
    const own: f32 = a == 0 ? 0 : a * load<f32>(x);
    store<f32>(x, b == 0 ? own : own + b * load<f32>(y));
    y += 4;
  }
}

/** Multiplies row r by factors[r], or column c by factors[c]. */
export function scale(x: usize, rows: i32, columns: i32, factors: usize, byRow: bool): void {
  const bytes = <usize>columns << 2;
  const whole = bytes & ~15;
  for (let r = 0; r < rows; r++) {
    const own = byRow ? load<f32>(factors + (<usize>r << 2)) : 0;
    const row = f32x4.splat(own);
    for (let i: usize = 0; i < whole; i += 16) {
      v128.store(x + i, f32x4.mul(v128.load(x + i), byRow ? row : v128.load(factors + i)));
    }
    for (let i = whole; i < bytes; i += 4) store<f32>(x + i, load<f32>(x + i) * (byRow ? own : load<f32>(factors + i)));
    x += bytes;
  }
}

/** out[r] = Σ x[r]·y[r], summed in f64. */
export function dots(x: usize, y: usize, rows: i32, columns: i32, out: usize): void {
  const bytes = <usize>columns << 2;
  const whole = bytes & ~15;
  for (let r = 0; r < rows; r++) {
    let low = f64x2.splat(0), high = low;
    for (let i: usize = 0; i < whole; i += 16) {
      const a = v128.load(x + i), b = v128.load(y + i);
      low = f64x2.add(low, f64x2.mul(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b)));
      const c = v128.shuffle<i64>(a, a, 1, 1), d = v128.shuffle<i64>(b, b, 1, 1);
      high = f64x2.add(high, f64x2.mul(f64x2.promote_low_f32x4(c), f64x2.promote_low_f32x4(d)));
    }
    low = f64x2.add(low, high);
    let sum = f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1);
    for (let i = whole; i < bytes; i += 4) sum += <f64>load<f32>(x + i) * <f64>load<f32>(y + i);
    store<f32>(out, <f32>sum);
    x += bytes;
    y += bytes;
    out += 4;
  }
}

/** x -= rate · m / (√v / correction + 1e-8), after the moments have taken the gradient in. */
export function adam(x: usize, g: usize, m: usize, v: usize, rate: f32, correction: f32, elements: i32): void {
  const over: f32 = 1 / correction;
  for (let i: usize = 0; i < <usize>elements << 2; i += 4) {
    const gradient = load<f32>(g + i);
    const first: f32 = load<f32>(m + i) + 0.1 * (gradient - load<f32>(m + i));
    const second: f32 = 0.999 * load<f32>(v + i) + 0.001 * gradient * gradient;
    store<f32>(m + i, first);
    store<f32>(v + i, second);
    store<f32>(x + i, load<f32>(x + i) - rate * first / (Mathf.sqrt(second) * over + 1e-8));
  }
}

/** Elements of a block's side: its rows and columns stay in the first cache. */
const BLOCK: i32 = 16;

/** out[c][r] = x[r][c]; `stride` bytes between rows of out. */
export function transpose(x: usize, rows: i32, columns: i32, out: usize, stride: usize): void {
  const bytes = <usize>columns << 2;
  for (let from = 0; from < rows; from += BLOCK) {
    const rowEnd = min(rows, from + BLOCK);
    for (let begin = 0; begin < columns; begin += BLOCK) {
      const columnEnd = min(columns, begin + BLOCK);
      for (let c = begin; c < columnEnd; c++) {
        const to = out + <usize>c * stride;
        for (let r = from; r < rowEnd; r++) {
          store<f32>(to + (<usize>r << 2), load<f32>(x + <usize>r * bytes + (<usize>c << 2)));
        }
      }
    }
  }
}
