import type { DifferenceSums } from '../../elements/difference.ts';
import type { ByteRange } from '../../elements/byte-range.ts';
import type { Dtype } from '../../dtype.ts';
import type { Elementwise } from '../kernel/elementwise.ts';
import type { Statistic } from '../kernel/statistics.ts';
import type { Derivation } from '../derived-operand.ts';
import type { OutputForm } from '../output-form.ts';

/** One operand: its ranges, joined in order, are `elements` elements of `dtype`. */
export interface ChunkInput {
  readonly dtype: Dtype;
  readonly ranges: readonly ByteRange[];
  /** Set where the kernel is to see something else: f32 that the lane derives from what is stored. Then one tensor a chunk. */
  readonly derive?: Derivation | undefined;
}

/** One result: `elements` elements of `dtype`, written at byte `begin` of output file number `file`; `writtenBytes` of it. */
export interface ChunkOutput {
  readonly dtype: Dtype;
  readonly file: number;
  readonly begin: number;
  /** weighted_sum: one coefficient an input, rounded to f32 by the device (kept f64 where a dtype is F64). Else empty. */
  readonly weights: readonly number[];
  /** elementwise: how this output is computed. All outputs of a chunk are of one kind. */
  readonly elementwise?: Elementwise | undefined;
  /** Set where something else is written than these elements. Then one tensor a chunk. */
  readonly form?: OutputForm | undefined;
}

/**
 * Where a chunk of one tensor lies in it, for kernels to which position matters. Tables by row or column and indices are the
 * whole tensor's.
 */
export interface ChunkPart {
  /** Element of the tensor at which the chunk begins. */
  readonly first: number;
  /** Elements of the tensor. */
  readonly elements: number;
  /** Elements of a row: the last dimension; of a tensor without dimensions 1. */
  readonly rowLength: number;
  /** Chunks are cut at multiples of so many elements of the tensor; statistics are summed over each such unit. */
  readonly unit: number;
}

/** Where a tensor ends in a chunk, in elements, end-exclusive. It begins where the one before it ends. */
export interface ChunkTensor {
  readonly name: string;
  readonly end: number;
}

/**
 * weighted_sum: out_k = Σ_i w[k,i]·x_i in f32 and recipe order, rounded once to nearest even. Float dtypes only.
 * convert: one input, one output, dtype to dtype, no arithmetic. Float dtypes only.
 * copy: the bytes of input 0 unchanged, any dtype; further inputs are only compared with it.
 * elementwise: out_k by its `elementwise` settings, in f32, rounded once. Float dtypes only; one tensor a chunk.
 * statistic: no output; what `statistic` asks is reported as numbers. Float dtypes only; one tensor a chunk.
 * difference: no output; how far input 1 is from input 0, tensor by tensor, is reported. Any two dtypes. On the CPU device
 *   alone: every byte is read once, and nothing is to be written.
 */
export type KernelName = 'weighted_sum' | 'convert' | 'copy' | 'elementwise' | 'statistic' | 'difference';

/** What becomes of a finite value that the output dtype cannot hold: infinity (NaN where there is none), or the largest finite. */
export type OverflowMode = 'inf' | 'saturate';

/** One unit of work, as plain data: what to read, what to compute, where to write. */
export interface Chunk {
  readonly kernel: KernelName;
  readonly elements: number;
  readonly inputs: readonly ChunkInput[];
  readonly outputs: readonly ChunkOutput[];
  readonly onOverflow: OverflowMode;
  /** The tensors that the chunk covers, whole or in part, in element order. */
  readonly tensors: readonly ChunkTensor[];
  /** statistic: what is asked. */
  readonly statistic?: Statistic | undefined;
  /** elementwise and statistic. */
  readonly part?: ChunkPart | undefined;
  /** Chunks with the same number have the same inputs: a lane may keep those in device memory instead of reading them again. */
  readonly resident?: number | undefined;
}

/** Elements of an output that are NaN, infinite, or were finite in f32 and did not fit the output dtype. */
export interface Counts {
  readonly nan: number;
  /** Infinite in f32 already; what overflowed is counted apart. */
  readonly infinite: number;
  readonly overflow: number;
}

/** Counts of one tensor's part of a chunk; reported only where one of them is not zero. */
export interface TensorCounts extends Counts {
  readonly tensor: string;
  /** Which output of the chunk. */
  readonly output: number;
}

/** Bytes that were written one after another, and their checksum in hexadecimal (wasm/checksum.ts). */
export type Piece = readonly [bytes: number, sum: string];

/** What a lane says of a chunk that it has run. Times are in milliseconds, of this chunk alone. */
export interface ChunkReport {
  readonly tensors: readonly TensorCounts[];
  /** copy: names of the tensors in which a further input differs from the first. */
  readonly differing: readonly string[];
  /** statistic: the numbers asked for, laid out as `Statistic` says. */
  readonly numbers?: Float64Array | undefined;
  /** What each output consists of, front to back; only where `OpenFiles` asks for it. */
  readonly pieces?: readonly (readonly Piece[])[] | undefined;
  /** difference: one for each tensor of the chunk, of its part in it. */
  readonly differences?: readonly (DifferenceSums & { readonly tensor: string })[] | undefined;
  /** The inputs were in device memory: nothing was read. */
  readonly wasResident?: boolean | undefined;
  readonly readMs: number;
  readonly computeMs: number;
  readonly writeMs: number;
}
