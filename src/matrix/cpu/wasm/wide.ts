// Arithmetic in f64 over whole matrices: products, Householder reflections, rotations. Addresses and strides are bytes.

/** Columns of a panel, rows that pass by while panels stay in the cache, values of k that are packed at once. */
const PANEL: i32 = 4;
const ROWS: i32 = 48;
const DEPTH: i32 = 256;

@inline
function at(p: usize, isWide: bool): f64 {
  return isWide ? load<f64>(p) : <f64>load<f32>(p);
}

/**
 * out = x · w (+ out) for a block of `rows` (at most 48) by `columns` (at most 64): element (r, k) of x lies at x + r·xRow + k·xStep,
 * (k, c) of w at w + k·wStep + c·wColumn. Sums run over k in order.
 * @param scratch ROWS × DEPTH × 8 + 16 panels × DEPTH × 32 bytes
 */
export function wideProduct(
  x: usize,
  xRow: usize,
  xStep: usize,
  xWide: bool,
  w: usize,
  wStep: usize,
  wColumn: usize,
  wWide: bool,
  out: usize,
  outRow: usize,
  outWide: bool,
  rows: i32,
  columns: i32,
  depth: i32,
  add: f64,
  scratch: usize,
): void {
  const xs = scratch;
  const ws = xs + ROWS * DEPTH * 8;
  const sums = ws + 16 * DEPTH * 32;
  const padded = (rows + 3) & ~3;
  for (let i: usize = 0; i < <usize>padded * 64 * 8; i += 16) v128.store(sums + i, f64x2.splat(0));
  for (let from = 0; from < depth; from += DEPTH) {
    const count = min(DEPTH, depth - from);
    for (let r = 0; r < padded; r++) {
      let source = x + <usize>r * xRow + <usize>from * xStep;
      let to = xs + <usize>r * (DEPTH * 8);
      for (let k = 0; k < count; k++) {
        store<f64>(to, r < rows ? at(source, xWide) : 0);
        source += xStep;
        to += 8;
      }
    }
    for (let c = 0; c < columns; c += PANEL) {
      const panel = ws + <usize>(c / PANEL) * (DEPTH * 32);
      const left = min(PANEL, columns - c);
      for (let k = 0; k < count; k++) {
        const source = w + <usize>(from + k) * wStep + <usize>c * wColumn;
        const to = panel + <usize>k * 32;
        for (let j = 0; j < PANEL; j++) {
          store<f64>(to + (<usize>j << 3), j < left ? at(source + <usize>j * wColumn, wWide) : 0);
        }
      }
      for (let r = 0; r < padded; r += 4) {
        tile(xs + <usize>r * (DEPTH * 8), panel, count, sums + (<usize>r * 64 + <usize>c) * 8);
      }
    }
  }
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const sum = load<f64>(sums + (<usize>r * 64 + <usize>c) * 8);
      const to = out + <usize>r * outRow + (<usize>c << (outWide ? 3 : 2));
      if (outWide) store<f64>(to, add == 0 ? sum : load<f64>(to) + add * sum);
      else store<f32>(to, <f32>sum);
    }
  }
}

/** Four rows of packed x (DEPTH apart) times a panel, added to sums that are 64 columns wide. */
@inline
function tile(x: usize, panel: usize, count: i32, sums: usize): void {
  const row: usize = 64 * 8;
  let a0 = v128.load(sums), a1 = v128.load(sums, 16);
  let b0 = v128.load(sums + row), b1 = v128.load(sums + row, 16);
  let c0 = v128.load(sums + 2 * row), c1 = v128.load(sums + 2 * row, 16);
  let d0 = v128.load(sums + 3 * row), d1 = v128.load(sums + 3 * row, 16);
  const x1 = x + DEPTH * 8, x2 = x1 + DEPTH * 8, x3 = x2 + DEPTH * 8;
  const end = <usize>count << 3;
  for (let i: usize = 0; i < end; i += 8) {
    const low = v128.load(panel), high = v128.load(panel, 16);
    panel += 32;
    let v = v128.load64_splat(x + i);
    a0 = f64x2.add(a0, f64x2.mul(v, low));
    a1 = f64x2.add(a1, f64x2.mul(v, high));
    v = v128.load64_splat(x1 + i);
    b0 = f64x2.add(b0, f64x2.mul(v, low));
    b1 = f64x2.add(b1, f64x2.mul(v, high));
    v = v128.load64_splat(x2 + i);
    c0 = f64x2.add(c0, f64x2.mul(v, low));
    c1 = f64x2.add(c1, f64x2.mul(v, high));
    v = v128.load64_splat(x3 + i);
    d0 = f64x2.add(d0, f64x2.mul(v, low));
    d1 = f64x2.add(d1, f64x2.mul(v, high));
  }
  v128.store(sums, a0);
  v128.store(sums, a1, 16);
  v128.store(sums + row, b0);
  v128.store(sums + row, b1, 16);
  v128.store(sums + 2 * row, c0);
  v128.store(sums + 2 * row, c1, 16);
  v128.store(sums + 3 * row, d0);
  v128.store(sums + 3 * row, d1, 16);
}

@inline
function dot(x: usize, y: usize, count: i32): f64 {
  let a = f64x2.splat(0), b = a, c = a, d = a;
  const end = x + (<usize>count << 3);
  for (; x + 64 <= end; x += 64) {
    a = f64x2.add(a, f64x2.mul(v128.load(x), v128.load(y)));
    b = f64x2.add(b, f64x2.mul(v128.load(x, 16), v128.load(y, 16)));
    c = f64x2.add(c, f64x2.mul(v128.load(x, 32), v128.load(y, 32)));
    d = f64x2.add(d, f64x2.mul(v128.load(x, 48), v128.load(y, 48)));
    y += 64;
  }
  a = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  let sum = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
  for (; x < end; x += 8) {
    sum += load<f64>(x) * load<f64>(y);
    y += 8;
  }
  return sum;
}

/**
 * Before column `j` of a symmetric n × n matrix is brought to tridiagonal form: makes the reflection I − tau·v·vᵀ of what is below its
 * subdiagonal. v (with v[0] = 1) goes to row j of the matrix from j + 1 on, which no later step reads; and to `vector`.
 * @param diagonal, off, taus n f64 each
 */
export function reflector(a: usize, n: i32, j: i32, vector: usize, diagonal: usize, off: usize, taus: usize): void {
  const row = a + (<usize>j * <usize>n + <usize>j) * 8;
  store<f64>(diagonal + (<usize>j << 3), load<f64>(row));
  const count = n - j - 1;
  const x = row + 8;
  const alpha = load<f64>(x);
  const rest = count > 1 ? dot(x + 8, x + 8, count - 1) : 0;
  let beta = alpha, tau: f64 = 0;
  if (rest > 0) {
    beta = alpha >= 0 ? -Math.sqrt(alpha * alpha + rest) : Math.sqrt(alpha * alpha + rest);
    tau = (beta - alpha) / beta;
    const scale = 1 / (alpha - beta);
    for (let i = 1; i < count; i++) store<f64>(x + (<usize>i << 3), load<f64>(x + (<usize>i << 3)) * scale);
  }
  store<f64>(x, 1);
  memory.copy(vector, x, <usize>count << 3);
  store<f64>(off + (<usize>j << 3), beta);
  store<f64>(taus + (<usize>j << 3), tau);
}

/** p = tau · A · v for rows [first, first + rows) of the trailing matrix that begins at row and column j + 1. */
export function reflected(a: usize, n: i32, j: i32, vector: usize, taus: usize, p: usize, first: i32, rows: i32): void {
  const tau = load<f64>(taus + (<usize>j << 3));
  const count = n - j - 1;
  for (let r = first; r < first + rows; r++) {
    const row = a + (<usize>(j + 1 + r) * <usize>n + <usize>(j + 1)) * 8;
    store<f64>(p + (<usize>r << 3), tau == 0 ? 0 : tau * dot(row, vector, count));
  }
}

/** p becomes p − (tau/2)·(p·v)·v. */
export function centered(n: i32, j: i32, vector: usize, taus: usize, p: usize): void {
  const tau = load<f64>(taus + (<usize>j << 3));
  const count = n - j - 1;
  const factor = 0.5 * tau * dot(p, vector, count);
  for (let i: usize = 0; i < <usize>count << 3; i += 8) store<f64>(p + i, load<f64>(p + i) - factor * load<f64>(vector + i));
}

/** A − v·pᵀ − p·vᵀ for rows [first, first + rows) of the trailing matrix. */
export function updated(a: usize, n: i32, j: i32, vector: usize, p: usize, first: i32, rows: i32): void {
  const count = n - j - 1;
  for (let r = first; r < first + rows; r++) {
    const row = a + (<usize>(j + 1 + r) * <usize>n + <usize>(j + 1)) * 8;
    addTwo(row, vector, p, load<f64>(p + (<usize>r << 3)), load<f64>(vector + (<usize>r << 3)), count);
  }
}

/** row −= s·x + t·y */
@inline
function addTwo(row: usize, x: usize, y: usize, s: f64, t: f64, count: i32): void {
  const ss = f64x2.splat(s), ts = f64x2.splat(t);
  const end = row + (<usize>count << 3);
  for (; row + 16 <= end; row += 16) {
    const sum = f64x2.add(f64x2.mul(ss, v128.load(x)), f64x2.mul(ts, v128.load(y)));
    v128.store(row, f64x2.sub(v128.load(row), sum));
    x += 16;
    y += 16;
  }
  if (row < end) store<f64>(row, load<f64>(row) - s * load<f64>(x) - t * load<f64>(y));
}

/** Rows [first, first + rows) of z (n columns) times H_(n-2)·…·H_1·H_0; few rows, so that they stay in the cache. */
export function reflectRows(z: usize, n: i32, a: usize, taus: usize, first: i32, rows: i32): void {
  const bytes = <usize>n * 8;
  const begin = z + <usize>first * bytes;
  for (let j = n - 2; j >= 0; j--) {
    const tau = load<f64>(taus + (<usize>j << 3));
    if (tau == 0) continue;
    const v = a + (<usize>j * <usize>n + <usize>(j + 1)) * 8;
    const count = n - j - 1;
    let part = begin + (<usize>(j + 1) << 3);
    for (let r = 0; r < rows; r++) {
      addOne(part, v, tau * dot(part, v, count), count);
      part += bytes;
    }
  }
}

/** row −= s·x */
@inline
function addOne(row: usize, x: usize, s: f64, count: i32): void {
  const ss = f64x2.splat(s);
  const end = row + (<usize>count << 3);
  for (; row + 16 <= end; row += 16) {
    v128.store(row, f64x2.sub(v128.load(row), f64x2.mul(ss, v128.load(x))));
    x += 16;
  }
  if (row < end) store<f64>(row, load<f64>(row) - s * load<f64>(x));
}

/**
 * Applies `count` rotations to columns [first, first + width) of z, rows i and i + 1 each: a rotation is the row (f64), cosine, sine.
 */
export function rotateRows(z: usize, n: i32, rotations: usize, count: i32, first: i32, width: i32): void {
  const offset = <usize>first << 3;
  const whole = (<usize>width << 3) & ~15;
  for (let k = 0; k < count; k++) {
    const r = <usize>load<f64>(rotations);
    const c = load<f64>(rotations, 8), s = load<f64>(rotations, 16);
    rotations += 24;
    const cs = f64x2.splat(c), ss = f64x2.splat(s);
    const upper = z + r * <usize>n * 8 + offset;
    const lower = upper + <usize>n * 8;
    let i: usize = 0;
    for (; i < whole; i += 16) {
      const f = v128.load(lower + i), g = v128.load(upper + i);
      v128.store(lower + i, f64x2.add(f64x2.mul(ss, g), f64x2.mul(cs, f)));
      v128.store(upper + i, f64x2.sub(f64x2.mul(cs, g), f64x2.mul(ss, f)));
    }
    for (; i < <usize>width << 3; i += 8) {
      const f = load<f64>(lower + i), g = load<f64>(upper + i);
      store<f64>(lower + i, s * g + c * f);
      store<f64>(upper + i, c * g - s * f);
    }
  }
}

/** Times that one eigenvalue is tried. */
const MOST_TRIES: i32 = 60;

/**
 * Implicit QL on a symmetric tridiagonal matrix (tql2 of EISPACK), as far as `most` rotations reach; they are for rotateRows.
 * @param state four i32: the eigenvalue that is looked for, tries for it, rotations made by this call, 1 where there is no more to do
 */
export function tridiagonalQl(d: usize, e: usize, n: i32, state: usize, rotations: usize, most: i32): void {
  let l = load<i32>(state), tries = load<i32>(state, 4);
  let made = 0;
  while (l < n) {
    let m = l;
    for (; m < n - 1; m++) {
      const size = Math.abs(load<f64>(d + (<usize>m << 3))) + Math.abs(load<f64>(d + (<usize>(m + 1) << 3)));
      if (Math.abs(load<f64>(e + (<usize>m << 3))) <= 2.220446049250313e-16 * size) break;
    }
    if (m == l || tries >= MOST_TRIES) {
      l += 1;
      tries = 0;
      continue;
    }
    if (made + m - l > most) break;
    tries += 1;
    const dl = d + (<usize>l << 3), el = e + (<usize>l << 3);
    let g = (load<f64>(dl, 8) - load<f64>(dl)) / (2 * load<f64>(el));
    let r = Math.sqrt(g * g + 1);
    g = load<f64>(d + (<usize>m << 3)) - load<f64>(dl) + load<f64>(el) / (g + (g >= 0 ? r : -r));
    let s: f64 = 1, c: f64 = 1, p: f64 = 0;
    let i = m - 1;
    for (; i >= l; i--) {
      const di = d + (<usize>i << 3), ei = e + (<usize>i << 3);
      const f = s * load<f64>(ei), b = c * load<f64>(ei);
      r = Math.sqrt(f * f + g * g);
      store<f64>(ei, r, 8);
      if (r == 0) {
        store<f64>(di, load<f64>(di, 8) - p, 8);
        store<f64>(e + (<usize>m << 3), 0);
        break;
      }
      s = f / r;
      c = g / r;
      g = load<f64>(di, 8) - p;
      r = (load<f64>(di) - g) * s + 2 * c * b;
      p = s * r;
      store<f64>(di, g + p, 8);
      g = c * r - b;
      const to = rotations + <usize>made * 24;
      store<f64>(to, <f64>i);
      store<f64>(to, c, 8);
      store<f64>(to, s, 16);
      made += 1;
    }
    if (r == 0 && i >= l) continue;
    store<f64>(dl, load<f64>(dl) - p);
    store<f64>(el, g);
    store<f64>(e + (<usize>m << 3), 0);
  }
  store<i32>(state, l);
  store<i32>(state, tries, 4);
  store<i32>(state, made, 8);
  store<i32>(state, l >= n ? 1 : 0, 12);
}

/** Row `row` of z as f32. */
export function narrowed(z: usize, n: i32, row: i32, out: usize): void {
  const from = z + <usize>row * <usize>n * 8;
  for (let i = 0; i < n; i++) store<f32>(out + (<usize>i << 2), <f32>load<f64>(from + (<usize>i << 3)));
}

/** Row `row` of z times a factor, as the same row of `out`. */
export function scaledRow(z: usize, n: i32, row: i32, factor: f64, out: usize): void {
  const begin = <usize>row * <usize>n * 8;
  for (let i: usize = 0; i < <usize>n * 8; i += 8) store<f64>(out + begin + i, factor * load<f64>(z + begin + i));
}

/** Row `row` of a square matrix to the right of its diagonal, from what is below the diagonal. */
export function mirrored(a: usize, n: i32, row: i32): void {
  const step = <usize>n * 8;
  const own = a + <usize>row * step;
  for (let c = row + 1; c < n; c++) store<f64>(own + (<usize>c << 3), load<f64>(a + <usize>c * step + (<usize>row << 3)));
}

/** Row `row` of the unit matrix. */
export function unitRow(z: usize, n: i32, row: i32): void {
  const own = z + <usize>row * <usize>n * 8;
  memory.fill(own, 0, <usize>n * 8);
  store<f64>(own + (<usize>row << 3), 1);
}
