// What the host writes into memory before a call: a table of inputs and one of outputs (little-endian u32 fields).

@unmanaged
export class Input {
  /** Address of element 0. */
  data: usize;
  dtype: u32;
}

@unmanaged
export class Output {
  /** Address of element 0. */
  data: usize;
  dtype: u32;
  /** Address of one f64 coefficient an input. */
  weights: usize;
  /** Counts of the last call, in elements. */
  nan: u32;
  infinite: u32;
  overflow: u32;
}

@inline
export function inputAt(table: usize, i: i32): Input {
  return changetype<Input>(table + <usize>i * offsetof<Input>());
}

@inline
export function outputAt(table: usize, k: i32): Output {
  return changetype<Output>(table + <usize>k * offsetof<Output>());
}

@inline
export function weightOf(output: Output, i: i32): f64 {
  return load<f64>(output.weights + (<usize>i << 3));
}
