// From dtype numbers to the loops made for them.
import { addScaledBlock, convertBlock, decodeBlock, finishBlock, pairBlock, scaleBlock, subtractBlock } from './blocks';
import { BF16, Code, E4M3, E5M2, F16, F32, kind } from './dtypes';
import { encodeExact, encodeWide, storeWide } from './exact';
import { Output } from './operands';

export function bytesOf(dtype: u32): i32 {
  if (dtype == Code.F64) return 8;
  if (dtype == Code.F32) return 4;
  return dtype == Code.F16 || dtype == Code.BF16 ? 2 : 1;
}

export function decode(dtype: u32, src: usize, dst: usize, elements: i32): void {
  switch (dtype) {
    case Code.F32:
      return decodeBlock<F32>(src, dst, elements);
    case Code.F16:
      return decodeBlock<F16>(src, dst, elements);
    case Code.BF16:
      return decodeBlock<BF16>(src, dst, elements);
    case Code.E4M3:
      return decodeBlock<E4M3>(src, dst, elements);
    case Code.E5M2:
      return decodeBlock<E5M2>(src, dst, elements);
    default:
      unreachable();
  }
}

/** dst = x − y, y decoded already. */
export function decodeDifference(dtype: u32, src: usize, y: usize, dst: usize, elements: i32): void {
  switch (dtype) {
    case Code.F32:
      return subtractBlock<F32>(src, y, dst, elements);
    case Code.F16:
      return subtractBlock<F16>(src, y, dst, elements);
    case Code.BF16:
      return subtractBlock<BF16>(src, y, dst, elements);
    case Code.E4M3:
      return subtractBlock<E4M3>(src, y, dst, elements);
    case Code.E5M2:
      return subtractBlock<E5M2>(src, y, dst, elements);
    default:
      unreachable();
  }
}

export function scale(dtype: u32, src: usize, acc: usize, elements: i32, weight: f32): void {
  switch (dtype) {
    case Code.F32:
      return scaleBlock<F32>(src, acc, elements, weight);
    case Code.F16:
      return scaleBlock<F16>(src, acc, elements, weight);
    case Code.BF16:
      return scaleBlock<BF16>(src, acc, elements, weight);
    case Code.E4M3:
      return scaleBlock<E4M3>(src, acc, elements, weight);
    case Code.E5M2:
      return scaleBlock<E5M2>(src, acc, elements, weight);
    default:
      unreachable();
  }
}

export function addScaled(dtype: u32, src: usize, acc: usize, elements: i32, weight: f32): void {
  switch (dtype) {
    case Code.F32:
      return addScaledBlock<F32>(src, acc, elements, weight);
    case Code.F16:
      return addScaledBlock<F16>(src, acc, elements, weight);
    case Code.BF16:
      return addScaledBlock<BF16>(src, acc, elements, weight);
    case Code.E4M3:
      return addScaledBlock<E4M3>(src, acc, elements, weight);
    case Code.E5M2:
      return addScaledBlock<E5M2>(src, acc, elements, weight);
    default:
      unreachable();
  }
}

/** Each of these returns whether the block has to be done again by `exact`. */
function convertFrom<D>(dtype: u32, src: usize, dst: usize, elements: i32): bool {
  switch (dtype) {
    case Code.F32:
      return convertBlock<D, F32>(src, dst, elements) >= kind<F32>().limit();
    case Code.F16:
      return convertBlock<D, F16>(src, dst, elements) >= kind<F16>().limit();
    case Code.BF16:
      return convertBlock<D, BF16>(src, dst, elements) >= kind<BF16>().limit();
    case Code.E4M3:
      return convertBlock<D, E4M3>(src, dst, elements) >= kind<E4M3>().limit();
    case Code.E5M2:
      return convertBlock<D, E5M2>(src, dst, elements) >= kind<E5M2>().limit();
    default:
      return unreachable();
  }
}

export function convertFast(from: u32, to: u32, src: usize, dst: usize, elements: i32): bool {
  switch (from) {
    case Code.F32:
      return convertFrom<F32>(to, src, dst, elements);
    case Code.F16:
      return convertFrom<F16>(to, src, dst, elements);
    case Code.BF16:
      return convertFrom<BF16>(to, src, dst, elements);
    case Code.E4M3:
      return convertFrom<E4M3>(to, src, dst, elements);
    case Code.E5M2:
      return convertFrom<E5M2>(to, src, dst, elements);
    default:
      return unreachable();
  }
}

function finishTo<D>(dtype: u32, src: usize, acc: usize, dst: usize, elements: i32, w: f32): bool {
  switch (dtype) {
    case Code.F32:
      return finishBlock<D, F32>(src, acc, dst, elements, w) >= kind<F32>().limit();
    case Code.F16:
      return finishBlock<D, F16>(src, acc, dst, elements, w) >= kind<F16>().limit();
    case Code.BF16:
      return finishBlock<D, BF16>(src, acc, dst, elements, w) >= kind<BF16>().limit();
    case Code.E4M3:
      return finishBlock<D, E4M3>(src, acc, dst, elements, w) >= kind<E4M3>().limit();
    case Code.E5M2:
      return finishBlock<D, E5M2>(src, acc, dst, elements, w) >= kind<E5M2>().limit();
    default:
      return unreachable();
  }
}

/** The last input of a sum whose others are in `acc`; leaves `acc` as it was. */
export function finishFast(from: u32, to: u32, src: usize, acc: usize, dst: usize, elements: i32, w: f32): bool {
  switch (from) {
    case Code.F32:
      return finishTo<F32>(to, src, acc, dst, elements, w);
    case Code.F16:
      return finishTo<F16>(to, src, acc, dst, elements, w);
    case Code.BF16:
      return finishTo<BF16>(to, src, acc, dst, elements, w);
    case Code.E4M3:
      return finishTo<E4M3>(to, src, acc, dst, elements, w);
    case Code.E5M2:
      return finishTo<E5M2>(to, src, acc, dst, elements, w);
    default:
      return unreachable();
  }
}

function pairTo<D>(dtype: u32, x: usize, y: usize, dst: usize, elements: i32, v: f32, w: f32): bool {
  switch (dtype) {
    case Code.F32:
      return pairBlock<D, F32>(x, y, dst, elements, v, w) >= kind<F32>().limit();
    case Code.F16:
      return pairBlock<D, F16>(x, y, dst, elements, v, w) >= kind<F16>().limit();
    case Code.BF16:
      return pairBlock<D, BF16>(x, y, dst, elements, v, w) >= kind<BF16>().limit();
    case Code.E4M3:
      return pairBlock<D, E4M3>(x, y, dst, elements, v, w) >= kind<E4M3>().limit();
    case Code.E5M2:
      return pairBlock<D, E5M2>(x, y, dst, elements, v, w) >= kind<E5M2>().limit();
    default:
      return unreachable();
  }
}

/** Two inputs of one dtype. */
export function pairFast(from: u32, to: u32, x: usize, y: usize, dst: usize, elements: i32, v: f32, w: f32): bool {
  switch (from) {
    case Code.F32:
      return pairTo<F32>(to, x, y, dst, elements, v, w);
    case Code.F16:
      return pairTo<F16>(to, x, y, dst, elements, v, w);
    case Code.BF16:
      return pairTo<BF16>(to, x, y, dst, elements, v, w);
    case Code.E4M3:
      return pairTo<E4M3>(to, x, y, dst, elements, v, w);
    case Code.E5M2:
      return pairTo<E5M2>(to, x, y, dst, elements, v, w);
    default:
      return unreachable();
  }
}

/** f32 elements to the output's dtype, with counts. */
export function exact(output: Output, src: usize, dst: usize, elements: i32, saturate: bool): void {
  switch (output.dtype) {
    case Code.F32:
      return encodeExact<F32>(src, dst, elements, saturate, output);
    case Code.F16:
      return encodeExact<F16>(src, dst, elements, saturate, output);
    case Code.BF16:
      return encodeExact<BF16>(src, dst, elements, saturate, output);
    case Code.E4M3:
      return encodeExact<E4M3>(src, dst, elements, saturate, output);
    case Code.E5M2:
      return encodeExact<E5M2>(src, dst, elements, saturate, output);
    default:
      unreachable();
  }
}

/** f64 elements to the output's dtype, with counts. */
export function exactWide(output: Output, src: usize, dst: usize, elements: i32, saturate: bool): void {
  switch (output.dtype) {
    case Code.F64:
      return storeWide(src, dst, elements, output);
    case Code.F32:
      return encodeWide<F32>(src, dst, elements, saturate, output);
    case Code.F16:
      return encodeWide<F16>(src, dst, elements, saturate, output);
    case Code.BF16:
      return encodeWide<BF16>(src, dst, elements, saturate, output);
    case Code.E4M3:
      return encodeWide<E4M3>(src, dst, elements, saturate, output);
    case Code.E5M2:
      return encodeWide<E5M2>(src, dst, elements, saturate, output);
    default:
      unreachable();
  }
}
