import type { LowRankEncoding } from '../../../elements/encoding.ts';
import { decodeScales } from '../../../elements/decode.ts';
import { blockOf, fillPanels, leftRows, panelElements } from '../../../elements/low-rank.ts';
import { type Dtype, DTYPES } from '../../../dtype.ts';
import { touchedRows, type WholeOperand } from '../../../plan/derived-operand.ts';
import type { DerivedInput } from './derive.ts';
import type { Kernels, LowRankOperands } from '../kernels.ts';

/** A chunk's part of a matrix with an adapter over it. */
interface LowRankPart {
  readonly encoding: LowRankEncoding<WholeOperand>;
  /** Element of the matrix at which the chunk begins, and elements of the chunk. */
  readonly first: number;
  readonly elements: number;
}

const NOTHING = new Uint8Array();

/** W + scale · left · right in f32, each row then at its length where the adapter says one. */
export function lowRankInput(
  dtype: Dtype,
  part: LowRankPart,
  auxiliary: readonly Uint8Array[],
  kernels: Kernels,
): DerivedInput {
  const { encoding, first, elements } = part;
  const { rank, columns, scale } = encoding;
  const [from, to] = touchedRows({ first, columns }, elements);
  const [left = NOTHING, right = NOTHING] = auxiliary;
  const ours = kernels.reserve((to - from) * rank);
  ours.values.set(leftRows(encoding, { dtype: encoding.left.dtype, bytes: left }, from, to));
  const [firstBlock, lastBlock] = [blockOf(encoding, from), blockOf(encoding, to - 1)];
  const panels = panelElements(encoding);
  const theirs = kernels.reserve(panels * (lastBlock - firstBlock + 1));
  for (let block = firstBlock; block <= lastBlock; block++) {
    const own = theirs.values.subarray((block - firstBlock) * panels);
    fillPanels(encoding, { dtype: encoding.right.dtype, bytes: right }, own, block);
  }
  const operands: LowRankOperands = { left: ours.address, right: theirs.address, rank, columns, scale };
  const factors = rowFactors(dtype, part, auxiliary, operands, kernels);
  const ofColumns = encoding.columnFactors && decodeScales(encoding.columnFactors.dtype, auxiliary[2] ?? NOTHING);
  return (source, target, begin, end) => {
    kernels.scaled(dtype, source, target, end - begin, 1);
    for (const piece of rowPieces(first + begin, first + end, columns, encoding.experts?.rows)) {
      const address = target + (piece.at - first - begin) * 4;
      const own = {
        ...operands,
        left: operands.left + (piece.row - from) * rank * 4,
        right: operands.right + (blockOf(encoding, piece.row) - firstBlock) * panels * 4,
      };
      kernels.addLowRank(address, own, piece.rows, piece.begin, piece.end);
      if (factors === undefined && ofColumns === undefined) continue;
      const width = piece.end - piece.begin;
      const values = kernels.valuesAt(address, piece.rows * width);
      if (ofColumns !== undefined) {
        for (let i = 0; i < values.length; i++)
          values[i] = (values[i] ?? 0) * (ofColumns[piece.begin + (i % width)] ?? NaN);
      }
      if (factors === undefined) continue;
      for (let i = 0; i < values.length; i++) {
        values[i] = (values[i] ?? 0) * (factors[piece.row - from + Math.floor(i / width)] ?? NaN);
      }
    }
  };
}

/** `rows` rows of which columns [begin, end) are meant; whole rows where there are several. */
interface RowPiece {
  /** Element of the matrix at which the piece begins. */
  readonly at: number;
  readonly row: number;
  readonly rows: number;
  readonly begin: number;
  readonly end: number;
}

/**
 * Elements [first, end) of a matrix: the rest of a row, whole rows, the beginning of a row.
 * @param blockRows whole rows do not cross a multiple of this
 */
function* rowPieces(first: number, end: number, columns: number, blockRows = Infinity): Generator<RowPiece> {
  for (let at = first; at < end;) {
    const begin = at % columns;
    const row = (at - begin) / columns;
    const left = blockRows === Infinity ? Infinity : blockRows - (row % blockRows);
    const whole = begin === 0 ? Math.min(left, Math.floor((end - at) / columns)) : 0;
    const width = whole > 0 ? columns : Math.min(columns - begin, end - at);
    yield { at, row, rows: Math.max(1, whole), begin, end: begin + width };
    at += Math.max(1, whole) * width;
  }
}

/** DoRA: what each of the chunk's rows is multiplied by to have its length; undefined without. */
function rowFactors(
  dtype: Dtype,
  { encoding, first, elements }: LowRankPart,
  [, , magnitude = NOTHING, rows = NOTHING]: readonly Uint8Array[],
  operands: LowRankOperands,
  kernels: Kernels,
): Float32Array | undefined {
  const { lengths, columns, rank } = encoding;
  if (lengths === undefined) return undefined;
  const [from, to] = touchedRows({ first, columns }, elements);
  const wanted = decodeScales(lengths.magnitude.dtype, magnitude);
  const bytes = DTYPES[dtype].bytes * columns;
  const stored = kernels.reserve(Math.ceil(bytes / 4));
  const sum = kernels.reserve(columns);
  return Float32Array.from({ length: to - from }, (_, index) => {
    kernels.bytesAt(stored.address, bytes).set(rows.subarray(index * bytes, (index + 1) * bytes));
    kernels.scaled(dtype, stored.address, sum.address, columns, 1);
    kernels.addLowRank(sum.address, { ...operands, left: operands.left + index * rank * 4 }, 1, 0, columns);
    const squares = kernels.valuesAt(sum.address, columns).reduce((total, value) => total + value * value, 0);
    return (wanted[from + index] ?? NaN) / Math.fround(Math.sqrt(squares));
  });
}
