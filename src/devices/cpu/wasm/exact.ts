// Blocks that hold something special: one element at a time, with counts.
import { kind } from './dtypes';
import { Output } from './operands';

@inline
function storeCode<O>(dst: usize, i: i32, code: u32): void {
  if (kind<O>().bytes() == 4) store<u32>(dst + (<usize>i << 2), code);
  else if (kind<O>().bytes() == 2) store<u16>(dst + (<usize>i << 1), <u16>code);
  else store<u8>(dst + <usize>i, <u8>code);
}

/** Stores the code of f32 `bits` and counts it. `infinite`: whether the value was infinite before it became f32. */
@inline
function encodeOne<O>(bits: u32, infinite: bool, dst: usize, i: i32, saturate: bool, output: Output): void {
  const t = kind<O>();
  const magnitude = bits & 0x7fffffff;
  if (magnitude < t.limit()) {
    storeCode<O>(dst, i, <u32>i32x4.extract_lane(t.round4(i32x4.splat(bits)), 0));
    return;
  }
  if (magnitude > 0x7f800000) {
    output.nan++;
    storeCode<O>(dst, i, t.nan());
    return;
  }
  const sign = (bits >>> 31) << (8 * t.bytes() - 1);
  if (infinite) output.infinite++;
  else output.overflow++;
  storeCode<O>(dst, i, sign | (!infinite && saturate ? t.largest() : t.infinity()));
}

/** Encodes f32 elements at `src`. */
export function encodeExact<O>(src: usize, dst: usize, elements: i32, saturate: bool, output: Output): void {
  for (let i = 0; i < elements; i++) {
    const bits = load<u32>(src + (<usize>i << 2));
    encodeOne<O>(bits, (bits & 0x7fffffff) == 0x7f800000, dst, i, saturate, output);
  }
}

/**
 * f64 to f32 bits with rounding to odd: towards zero, the last bit set where that is not exact. f32 has enough bits that
 * rounding the result to 16 bits or fewer then gives what one rounding from f64 would.
 */
@inline
function roundToOdd(value: f64): u32 {
  const nearest = <f32>value;
  const back = <f64>nearest;
  let bits = reinterpret<u32>(nearest);
  if (back == value || value != value) return bits;
  if (abs(back) > abs(value)) bits--;
  return bits | 1;
}

/** Encodes f64 elements at `src` with one rounding. */
export function encodeWide<O>(src: usize, dst: usize, elements: i32, saturate: bool, output: Output): void {
  for (let i = 0; i < elements; i++) {
    const value = load<f64>(src + (<usize>i << 3));
    const bits = kind<O>().bytes() == 4 ? reinterpret<u32>(<f32>value) : roundToOdd(value);
    encodeOne<O>(bits, abs(value) == Infinity, dst, i, saturate, output);
  }
}

/** Stores f64 elements as they are, NaN in its canonical form. */
export function storeWide(src: usize, dst: usize, elements: i32, output: Output): void {
  for (let i = 0; i < elements; i++) {
    const value = load<f64>(src + (<usize>i << 3));
    if (value != value) {
      output.nan++;
      store<u64>(dst + (<usize>i << 3), 0x7ff8000000000000);
      continue;
    }
    if (abs(value) == Infinity) output.infinite++;
    store<f64>(dst + (<usize>i << 3), value);
  }
}
