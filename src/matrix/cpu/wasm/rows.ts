// Steps that work row by row: norms, rotary embedding, rows picked from tables, the loss. All f32.
import { exp4, maxLanes, softCap4, sumLanes } from './math';

@inline
function float(p: usize, i: i32): f32 {
  return load<f32>(p + (<usize>i << 2));
}

/** The last width % 4 values of a row. */
@inline
function tail(width: i32): i32 {
  return width & ~3;
}

/** out = x / rms(x) · (weight + unit) */
export function rmsNorm(x: usize, weight: usize, out: usize, rows: i32, width: i32, epsilon: f32, unit: f32): void {
  const bytes = <usize>width << 2;
  const whole = <usize>tail(width) << 2;
  for (let r = 0; r < rows; r++) {
    let squares = f32x4.splat(0);
    for (let i: usize = 0; i < whole; i += 16) {
      const v = v128.load(x + i);
      squares = f32x4.add(squares, f32x4.mul(v, v));
    }
    let sum = sumLanes(squares);
    for (let i = whole; i < bytes; i += 4) sum += load<f32>(x + i) * load<f32>(x + i);
    const scale: f32 = 1 / Mathf.sqrt(sum / <f32>width + epsilon);
    for (let i: usize = 0; i < whole; i += 16) {
      const w = f32x4.add(v128.load(weight + i), f32x4.splat(unit));
      v128.store(out + i, f32x4.mul(f32x4.mul(v128.load(x + i), f32x4.splat(scale)), w));
    }
    for (let i = whole; i < bytes; i += 4) store<f32>(out + i, load<f32>(x + i) * scale * (load<f32>(weight + i) + unit));
    x += bytes;
    out += bytes;
  }
}

/** out = (x - mean) / deviation · weight + bias */
export function layerNorm(x: usize, weight: usize, bias: usize, out: usize, rows: i32, width: i32, epsilon: f32): void {
  const bytes = <usize>width << 2;
  for (let r = 0; r < rows; r++) {
    let sum: f64 = 0;
    for (let i = 0; i < width; i++) sum += float(x, i);
    const mean = sum / <f64>width;
    let squares: f64 = 0;
    for (let i = 0; i < width; i++) {
      const d = <f64>float(x, i) - mean;
      squares += d * d;
    }
    const scale = <f32>(1 / Math.sqrt(squares / <f64>width + <f64>epsilon));
    for (let i = 0; i < width; i++) {
      const value = (float(x, i) - <f32>mean) * scale * float(weight, i);
      store<f32>(out + (<usize>i << 2), value + (bias == 0 ? 0 : float(bias, i)));
    }
    x += bytes;
    out += bytes;
  }
}

/**
 * Turns pairs (i, i + rotary / 2) of every head by the angle of the row's position, in place.
 * @param table for each position rotary / 2 cosines, then as many sines
 * @param positions one i32 a row
 */
export function rotate(x: usize, rows: i32, heads: i32, size: i32, rotary: i32, table: usize, positions: usize): void {
  const half = <usize>(rotary / 2) << 2;
  const whole = half & ~15;
  for (let r = 0; r < rows; r++) {
    const cos = table + <usize>load<i32>(positions + (<usize>r << 2)) * 2 * half;
    const sin = cos + half;
    for (let h = 0; h < heads; h++) {
      let i: usize = 0;
      for (; i < whole; i += 16) {
        const a = v128.load(x + i), b = v128.load(x + i + half);
        const c = v128.load(cos + i), s = v128.load(sin + i);
        v128.store(x + i, f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, s)));
        v128.store(x + i + half, f32x4.add(f32x4.mul(b, c), f32x4.mul(a, s)));
      }
      for (; i < half; i += 4) {
        const a = load<f32>(x + i), b = load<f32>(x + i + half);
        const c = load<f32>(cos + i), s = load<f32>(sin + i);
        store<f32>(x + i, a * c - b * s);
        store<f32>(x + i + half, b * c + a * s);
      }
      x += <usize>size << 2;
    }
  }
}

/** out[r] (+)= table[index[r]] · scale */
export function gather(table: usize, index: usize, out: usize, rows: i32, width: i32, scale: f32, add: bool): void {
  const bytes = <usize>width << 2;
  for (let r = 0; r < rows; r++) {
    const from = table + <usize>load<i32>(index + (<usize>r << 2)) * bytes;
    for (let i: usize = 0; i < bytes; i += 4) {
      const value = load<f32>(from + i) * scale;
      store<f32>(out + i, add ? load<f32>(out + i) + value : value);
    }
    out += bytes;
  }
}

/**
 * Some columns of the logits of each row go into its loss. A state is three f32: the largest logit so far, the sum of
 * e^(logit - largest), the target's logit.
 * @param first number of the first column among the vocabulary; 0 begins a state
 * @param targets one i32 a row
 */
export function lossRows(
  logits: usize,
  rows: i32,
  columns: i32,
  first: i32,
  cap: f32,
  targets: usize,
  state: usize,
): void {
  const bytes = <usize>columns << 2;
  const whole = bytes & ~15;
  for (let r = 0; r < rows; r++) {
    let most = f32x4.splat(-3e38);
    for (let i: usize = 0; i < whole; i += 16) {
      let x = v128.load(logits + i);
      if (cap > 0) {
        x = softCap4(x, cap);
        v128.store(logits + i, x);
      }
      most = f32x4.max(most, x);
    }
    let top = maxLanes(most);
    for (let i = whole; i < bytes; i += 4) {
      if (cap > 0) store<f32>(logits + i, f32x4.extract_lane(softCap4(f32x4.splat(load<f32>(logits + i)), cap), 0));
      top = max<f32>(top, load<f32>(logits + i));
    }
    if (first > 0) top = max<f32>(top, load<f32>(state));
    let sums = f32x4.splat(0);
    for (let i: usize = 0; i < whole; i += 16) {
      sums = f32x4.add(sums, exp4(f32x4.sub(v128.load(logits + i), f32x4.splat(top))));
    }
    let sum = sumLanes(sums);
    for (let i = whole; i < bytes; i += 4) sum += power(load<f32>(logits + i) - top);
    if (first > 0) sum += load<f32>(state, 4) * power(load<f32>(state) - top);
    store<f32>(state, top);
    store<f32>(state, sum, 4);
    const target = load<i32>(targets + (<usize>r << 2)) - first;
    if (target >= 0 && target < columns) store<f32>(state, load<f32>(logits + (<usize>target << 2)), 8);
    logits += bytes;
    state += 12;
  }
}

@inline
function power(x: f32): f32 {
  return f32x4.extract_lane(exp4(f32x4.splat(x)), 0);
}
