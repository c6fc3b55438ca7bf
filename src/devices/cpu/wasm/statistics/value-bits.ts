// The values by which elements are selected (SelectionValue in src/plan/kernel/statistics.ts), as bits of f32 without sign.
import { inputAt } from '../operands';
import { slotAt } from '../scratch';
import { decodeInput, differenceInput, differences, magnitudes, scaleByRow, spreadBlock } from '../values';

export namespace Value {
  export const Difference: u32 = 0;
  export const Spread: u32 = 1;
  export const Importance: u32 = 2;
}

/** Written by the host. Slots of scratch: inputs, then one for a value of all. */
@unmanaged
export class Values {
  inputs: usize;
  inputCount: i32;
  scratch: usize;
  kind: u32;
  /** One byte an input: whether a target asks for its differences. */
  wanted: usize;
  /** importance: factors from the row of the sub-block's first element on. */
  factors: usize;
  rowLength: i32;
  /** Elements of that row that lie before the sub-block. */
  inRow: i32;
}

/** Where the values are that belong to an input. */
@inline
export function valueSlot(v: Values, input: i32): usize {
  return slotAt(v.scratch, v.kind == Value.Difference ? input : v.inputCount);
}

/** Computes the values of elements [at, at + n) of the sub-block; returns the largest bits among them. */
export function valueBlock(v: Values, at: i32, n: i32): u32 {
  const dst = slotAt(v.scratch, v.inputCount);
  if (v.kind == Value.Spread) {
    differences(v.inputs, v.inputCount, at, v.scratch, n);
    spreadBlock(v.scratch, v.inputCount, dst, n);
    return magnitudes(dst, n);
  }
  if (v.kind == Value.Importance) {
    differences(v.inputs, 2, at, v.scratch, n);
    scaleByRow(slotAt(v.scratch, 1), dst, n, v.factors, v.rowLength, v.inRow + at);
    for (let i = n; i & 15; i++) store<u32>(dst + (<usize>i << 2), 0);
    return magnitudes(dst, n);
  }
  decodeInput(inputAt(v.inputs, 0), at, v.scratch, n);
  let largest: u32 = 0;
  for (let i = 1; i < v.inputCount; i++) {
    if (!load<u8>(v.wanted + i)) continue;
    const x = slotAt(v.scratch, i);
    differenceInput(inputAt(v.inputs, i), at, v.scratch, x, n);
    largest = max(largest, magnitudes(x, n));
  }
  return largest;
}
