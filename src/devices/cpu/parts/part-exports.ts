/**
 * The functions of wasm/index.ts for parts of one tensor. Addresses are bytes of the lane's memory; counts are elements.
 * Those of element-wise kernels return 1 when a count of an output is not zero.
 */
export interface PartExports {
  taskVectors(
    selection: number,
    outputs: number,
    outputCount: number,
    elements: number,
    position: number,
    element: number,
    saturate: number,
  ): number;
  nearswap(
    inputs: number,
    outputs: number,
    outputCount: number,
    elements: number,
    scratch: number,
    saturate: number,
  ): number;
  overlap(
    inputs: number,
    inputCount: number,
    outputs: number,
    outputCount: number,
    elements: number,
    scratch: number,
    saturate: number,
  ): number;
  fusion(
    inputs: number,
    outputs: number,
    outputCount: number,
    elements: number,
    rowLength: number,
    inRow: number,
    scratch: number,
    saturate: number,
  ): number;
  lines(
    inputs: number,
    inputCount: number,
    outputs: number,
    outputCount: number,
    elements: number,
    rowLength: number,
    inRow: number,
    byColumn: number,
    stride: number,
    scratch: number,
    saturate: number,
  ): number;
  rankRows(inputs: number, table: number, count: number, rows: number, element: number, row: number): void;
  gram(
    inputs: number,
    inputCount: number,
    difference: number,
    wide: number,
    elements: number,
    unit: number,
    inUnit: number,
    scratch: number,
    sums: number,
  ): void;
  gramColumns(
    inputs: number,
    inputCount: number,
    difference: number,
    first: number,
    rows: number,
    rowLength: number,
    scratch: number,
    sums: number,
    stride: number,
  ): void;
  histogram(values: number, targets: number, targetCount: number, shift: number, bits: number, elements: number): void;
  locate(values: number, targets: number, targetCount: number, elements: number, position: number): void;
  norms(
    selection: number,
    terms: number,
    termCount: number,
    elements: number,
    position: number,
    element: number,
    unit: number,
    inUnit: number,
    sums: number,
  ): void;
  overlapCounts(
    inputs: number,
    inputCount: number,
    epsilon: number,
    elements: number,
    scratch: number,
    counts: number,
  ): void;
  divergence(inputs: number, rows: number, rowLength: number, scratch: number, exponentials: number, out: number): void;
}
