// dst += scale · left · right, in f32: the sum over the rank first, in its order, then scaled and added. Whatever part of a
// row a call covers, an element comes out the same.

/** Columns of a panel of `right`: [rank][8], panels behind one another, the last one filled up with anything. */
const PANEL: i32 = 8;

/** One element. */
@inline
function addOne(dst: usize, left: usize, right: usize, rank: i32, column: i32, scale: f32): void {
  let b = right + (<usize>(column >> 3) * <usize>rank * PANEL + (column & 7)) * 4;
  let sum: f32 = 0;
  for (let r = 0; r < rank; r++) {
    sum += load<f32>(left + (<usize>r << 2)) * load<f32>(b);
    b += PANEL * 4;
  }
  store<f32>(dst, load<f32>(dst) + scale * sum);
}

@inline
function addTo(dst: usize, sum: v128, scale: v128): void {
  v128.store(dst, f32x4.add(v128.load(dst), f32x4.mul(scale, sum)));
}

/** A panel of one row. */
@inline
function addPanel(dst: usize, left: usize, panel: usize, rank: i32, scale: v128): void {
  let low = f32x4.splat(0);
  let high = f32x4.splat(0);
  for (let r = 0; r < rank; r++) {
    const a = v128.load32_splat(left);
    low = f32x4.add(low, f32x4.mul(a, v128.load(panel)));
    high = f32x4.add(high, f32x4.mul(a, v128.load(panel, 16)));
    left += 4;
    panel += PANEL * 4;
  }
  addTo(dst, low, scale);
  addTo(dst + 16, high, scale);
}

/** A panel of four rows: `right` is read once for them. */
@inline
function addPanel4(dst: usize, stride: usize, left: usize, panel: usize, rank: i32, scale: v128): void {
  const step = <usize>rank << 2;
  let l0 = f32x4.splat(0), h0 = f32x4.splat(0);
  let l1 = f32x4.splat(0), h1 = f32x4.splat(0);
  let l2 = f32x4.splat(0), h2 = f32x4.splat(0);
  let l3 = f32x4.splat(0), h3 = f32x4.splat(0);
  for (let r = 0; r < rank; r++) {
    const low = v128.load(panel);
    const high = v128.load(panel, 16);
    let a = v128.load32_splat(left);
    l0 = f32x4.add(l0, f32x4.mul(a, low));
    h0 = f32x4.add(h0, f32x4.mul(a, high));
    a = v128.load32_splat(left + step);
    l1 = f32x4.add(l1, f32x4.mul(a, low));
    h1 = f32x4.add(h1, f32x4.mul(a, high));
    a = v128.load32_splat(left + 2 * step);
    l2 = f32x4.add(l2, f32x4.mul(a, low));
    h2 = f32x4.add(h2, f32x4.mul(a, high));
    a = v128.load32_splat(left + 3 * step);
    l3 = f32x4.add(l3, f32x4.mul(a, low));
    h3 = f32x4.add(h3, f32x4.mul(a, high));
    left += 4;
    panel += PANEL * 4;
  }
  addTo(dst, l0, scale);
  addTo(dst + 16, h0, scale);
  addTo(dst + stride, l1, scale);
  addTo(dst + stride + 16, h1, scale);
  addTo(dst + 2 * stride, l2, scale);
  addTo(dst + 2 * stride + 16, h2, scale);
  addTo(dst + 3 * stride, l3, scale);
  addTo(dst + 3 * stride + 16, h3, scale);
}

function addRow(dst: usize, left: usize, right: usize, rank: i32, begin: i32, end: i32, scale: f32): void {
  const factor = f32x4.splat(scale);
  const size = <usize>rank * PANEL * 4;
  let column = begin;
  for (; column < end && (column & 7) != 0; column++) {
    addOne(dst, left, right, rank, column, scale);
    dst += 4;
  }
  for (; column + PANEL <= end; column += PANEL) {
    addPanel(dst, left, right + <usize>(column >> 3) * size, rank, factor);
    dst += PANEL * 4;
  }
  for (; column < end; column++) {
    addOne(dst, left, right, rank, column, scale);
    dst += 4;
  }
}

/** `rows` rows of columns [begin, end) that lie behind one another at `dst`; whole rows where there are several. */
export function addLowRank(
  dst: usize,
  left: usize,
  right: usize,
  rank: i32,
  columns: i32,
  rows: i32,
  begin: i32,
  end: i32,
  scale: f32,
): void {
  const factor = f32x4.splat(scale);
  const size = <usize>rank * PANEL * 4;
  const stride = <usize>columns << 2;
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    let column = 0;
    for (; column + PANEL <= columns; column += PANEL) {
      addPanel4(dst + (<usize>column << 2), stride, left, right + <usize>(column >> 3) * size, rank, factor);
    }
    if (column < columns) {
      for (let i = 0; i < 4; i++) {
        const at = dst + <usize>i * stride + (<usize>column << 2);
        addRow(at, left + <usize>i * (<usize>rank << 2), right, rank, column, columns, scale);
      }
    }
    dst += 4 * stride;
    left += 4 * (<usize>rank << 2);
  }
  for (; row < rows; row++) {
    addRow(dst, left, right, rank, begin, end, scale);
    dst += stride;
    left += <usize>rank << 2;
  }
}
