import { dtypeCode } from '../../devices/cpu/dtype-codes.ts';
import { INPUT_ROW, OUTPUT_ROW } from '../../devices/cpu/memory/memory-layout.ts';
import { DTYPES } from '../../dtype.ts';
import type {
  ActivateOp,
  Activation,
  AdamOp,
  AddOp,
  AttendOp,
  CombineOp,
  ConvertOp,
  DotsOp,
  GatherOp,
  LossOp,
  MatmulOp,
  MergeOp,
  NormOp,
  RotateOp,
  ScaleOp,
  SquaresOp,
  TransposeOp,
} from '../ops.ts';
import type { Windows } from '../device.ts';
import { PRODUCT_COLUMNS } from './parts.ts';

type Call = (...numbers: number[]) => number;

/** The functions of wasm/index.ts; their parameters are written there. */
type Exports = Readonly<
  Record<
    | 'activate'
    | 'adam'
    | 'add'
    | 'attend'
    | 'combine'
    | 'convert'
    | 'dots'
    | 'gather'
    | 'layerNorm'
    | 'lossRows'
    | 'matmul'
    | 'rmsNorm'
    | 'rotate'
    | 'scale'
    | 'squares'
    | 'transpose'
    | 'weightedSum',
    Call
  >
>;

/** Functions in f64; and a whole number of the memory. */
export type WideCalls = Readonly<
  Record<
    | 'centered'
    | 'mirrored'
    | 'narrowed'
    | 'reflected'
    | 'reflector'
    | 'reflectRows'
    | 'rotateRows'
    | 'scaledRow'
    | 'tridiagonalQl'
    | 'unitRow'
    | 'updated'
    | 'wideProduct',
    Call
  >
> & { word(address: number): number };

/** Scratch of a product in f64: a block of x, panels of w, sums. */
const WIDE_BYTES = 48 * 256 * 8 + 16 * 256 * 32 + 48 * 64 * 8;

/** The numbers of activations in wasm/elements.ts. */
const ACTIVATIONS: Readonly<Record<Activation, number>> = { silu: 0, gelu: 1, gelu_tanh: 2, relu: 3, tanh: 4 };

/** Elements of a block of the merge's kernels. */
const MERGE_BLOCK = 1024;
const MERGE_TABLE_BYTES = 8192;

/** Bytes of scratch that one thread needs. @param padded the longest sequence, rounded up to 8 */
export function scratchBytes(longest: number, headSize: number): number {
  const padded = Math.ceil(longest / 8) * 8;
  const panels = Math.ceil(headSize / 8);
  const attention = 64 + padded * headSize * 4 + 96 + padded * panels * 32 + 96 + 48 * padded * 4;
  const product = 64 + (PRODUCT_COLUMNS / 8) * (512 * 32 + 96);
  return Math.max(attention, product, WIDE_BYTES, MERGE_TABLE_BYTES + MERGE_BLOCK * 16) + 1024;
}

/** The WebAssembly kernels on a run's memory; each call computes a part of an op. */
export class ForwardKernels {
  readonly wide: WideCalls;
  readonly #exports: Exports;
  readonly #words: DataView;
  readonly #scratch: number;
  readonly #windows: Windows;
  readonly #own: number;
  /** Bytes from the first window to the one that is used. */
  #shift = 0;

  /** @param own number of this thread, and of its window */
  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory, scratch: number, windows: Windows, own: number) {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    this.#exports = exports as unknown as Exports;
    this.#words = new DataView(memory.buffer);
    this.#scratch = scratch;
    this.#windows = windows;
    this.#own = own;
    const calls = exports as unknown as WideCalls;
    const word = (address: number): number => this.#words.getInt32(address, true);
    const wideProduct: Call = (...numbers) => calls.wideProduct(...numbers, scratch);
    this.wide = { ...calls, wideProduct, word };
  }

  /** From now on, addresses in the first window mean this thread's; false: they mean themselves again. */
  useWindow(own: boolean): void {
    this.#shift = own ? this.#own * this.#windows.step : 0;
  }

  /** Where an op's address leads to. */
  #at(address: number): number {
    const { begin, step } = this.#windows;
    return address >= begin && address < begin + step ? address + this.#shift : address;
  }

  /** Elements [first, first + count). */
  elements(op: MergeOp | ConvertOp | ActivateOp | AddOp | CombineOp | AdamOp, first: number, count: number): void {
    const at = first * 4;
    if (op.op === 'adam') {
      const { x, gradient, first: mean, second, rate, step } = op;
      const [m, v] = [1 - 0.9 ** step, 1 - 0.999 ** step];
      this.#exports.adam(x + at, gradient + at, mean + at, second + at, rate / m, Math.sqrt(v), count);
    } else if (op.op === 'combine') this.#exports.combine(this.#at(op.x) + at, this.#at(op.y) + at, op.a, op.b, count);
    else if (op.op === 'add') this.#exports.add(this.#at(op.x) + at, this.#at(op.y) + at, count);
    else if (op.op === 'merge') this.#merge(op, first, count);
    else if (op.op === 'convert') this.#convert(op, first, count);
    else this.#activate(op, at, count);
  }

  #activate({ x, y, activation }: ActivateOp, at: number, count: number): void {
    const factor = y === undefined ? 0 : this.#at(y) + at;
    this.#exports.activate(this.#at(x) + at, factor, count, ACTIVATIONS[activation]);
  }

  /** Rows [first, first + count). */
  rows(op: GatherOp | NormOp | RotateOp | ScaleOp | DotsOp | TransposeOp | LossOp, first: number, count: number): void {
    const { gather, layerNorm, lossRows, rmsNorm, rotate } = this.#exports;
    switch (op.op) {
      case 'gather': {
        const { table, index, out, width, scale, add } = op;
        const to = this.#at(out) + first * width * 4;
        gather(this.#at(table), index + first * 4, to, count, width, scale, Number(add));
        return;
      }
      case 'norm': {
        const { weight, bias, width, epsilon } = op;
        const [x, out] = [this.#at(op.x) + first * width * 4, this.#at(op.out) + first * width * 4];
        if (op.norm === 'rms') rmsNorm(x, weight, out, count, width, epsilon, op.unit);
        else layerNorm(x, weight, bias ?? 0, out, count, width, epsilon);
        return;
      }
      case 'rotate': {
        const { heads, size, rotary, table, positions } = op;
        rotate(this.#at(op.x) + first * heads * size * 4, count, heads, size, rotary, table, positions + first * 4);
        return;
      }
      case 'scale': {
        const { columns, factors, per } = op;
        const own = per === 'row' ? factors + first * 4 : factors;
        this.#exports.scale(this.#at(op.x) + first * columns * 4, count, columns, own, Number(per === 'row'));
        return;
      }
      case 'dots': {
        const at = first * op.columns * 4;
        this.#exports.dots(this.#at(op.x) + at, this.#at(op.y) + at, count, op.columns, this.#at(op.out) + first * 4);
        return;
      }
      case 'transpose': {
        const { columns } = op;
        const x = this.#at(op.x) + first * columns * 4;
        this.#exports.transpose(x, count, columns, this.#at(op.out) + first * 4, op.rows * 4);
        return;
      }
      case 'loss': {
        const { columns, softCap, targets, state } = op;
        const logits = this.#at(op.logits) + first * columns * 4;
        lossRows(logits, count, columns, op.first, softCap, targets + first * 4, state + first * 12);
      }
    }
  }

  /** Part number `part`: elements [first, first + count). */
  squares({ x, out }: SquaresOp, part: number, first: number, count: number): void {
    this.#exports.squares(x + first * 4, count, out + part * 8);
  }

  /** One head over one sequence. */
  attend(op: AttendOp, sequence: number, head: number): void {
    const { heads, keyValueHeads, size, scale, softCap, causal, window } = op;
    const { row, rows } = op.sequences[sequence] ?? { row: 0, rows: 0 };
    const [stride, keyStride] = [heads * size * 4, keyValueHeads * size * 4];
    const own = row * stride + head * size * 4;
    const shared = row * keyStride + Math.floor((head * keyValueHeads) / heads) * size * 4;
    this.#exports.attend(
      this.#at(op.q) + own,
      this.#at(op.k) + shared,
      this.#at(op.v) + shared,
      this.#at(op.out) + own,
      stride,
      keyStride,
      rows,
      size,
      scale,
      softCap,
      Number(causal),
      window,
      this.#scratch,
    );
  }

  matmul(op: MatmulOp, row: number, rows: number, column: number, columns: number): void {
    const { depth, dtype, bias, add, across = false } = op;
    const size = DTYPES[dtype].bytes;
    this.#exports.matmul(
      this.#at(op.x) + row * depth * 4,
      rows,
      depth,
      op.w + column * (across ? 1 : depth) * size,
      dtypeCode(dtype),
      columns,
      across ? op.columns * size : 0,
      bias === undefined ? 0 : bias + column * 4,
      this.#at(op.out) + (row * op.columns + column) * 4,
      op.columns * 4,
      Number(add),
      this.#scratch,
    );
  }

  /** The merge's own kernel: tables in scratch, then its blocks. */
  #merge({ inputs, weights, out, dtype }: MergeOp, first: number, count: number): void {
    const words = this.#words;
    const table = this.#scratch;
    const output = table + inputs.length * INPUT_ROW;
    const factors = Math.ceil((output + OUTPUT_ROW) / 8) * 8;
    for (const [index, input] of inputs.entries()) {
      words.setUint32(table + index * INPUT_ROW, input.address, true);
      words.setUint32(table + index * INPUT_ROW + 4, dtypeCode(input.dtype), true);
      words.setFloat64(factors + index * 8, weights[index] ?? 0, true);
    }
    this.#output(output, out, dtypeCode(dtype), factors);
    const blocks = table + MERGE_TABLE_BYTES;
    this.#exports.weightedSum(table, inputs.length, output, 1, first, count, blocks, 0);
  }

  #convert({ x, dtype, out }: ConvertOp, first: number, count: number): void {
    const table = this.#scratch;
    this.#words.setUint32(table, x, true);
    this.#words.setUint32(table + 4, dtypeCode(dtype), true);
    this.#output(table + INPUT_ROW, out, dtypeCode('F32'), 0);
    this.#exports.convert(table, table + INPUT_ROW, first, count, table + MERGE_TABLE_BYTES, 0);
  }

  #output(row: number, address: number, code: number, factors: number): void {
    this.#words.setUint32(row, address, true);
    this.#words.setUint32(row + 4, code, true);
    this.#words.setUint32(row + 8, factors, true);
  }
}
