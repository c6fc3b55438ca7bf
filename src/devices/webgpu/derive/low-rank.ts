import type { LowRankEncoding } from '../../../elements/encoding.ts';
import { decodeScales } from '../../../elements/decode.ts';
import { fillPanels, leftRows, PANEL, panelElements } from '../../../elements/low-rank.ts';
import { touchedRows, wholeOperands, type WholeOperand } from '../../../plan/derived-operand.ts';
import { padded } from '../../device.ts';
import { OCTET } from '../kernels/spec.ts';
import { Settings } from '../kernels/template.ts';
import type { Tuning } from '../tuning.ts';
import type { Derivation } from './derivation.ts';

type Encoding = LowRankEncoding<WholeOperand>;

/** Where the parts of the constants begin, and where the last one ends, in floats. */
interface Places {
  readonly right: number;
  readonly lengths: number;
  readonly end: number;
}

/** The rank, filled up to a multiple of four. */
function wideRank({ rank }: Encoding): number {
  return Math.ceil(rank / 4) * 4;
}

function placesOf(encoding: Encoding): Places {
  const wide = (floats: number): number => padded(4 * floats) / 4;
  const rank = wideRank(encoding);
  const right = wide(encoding.rows * rank);
  const lengths = right + wide(rank * encoding.columns);
  return { right, lengths, end: encoding.lengths === undefined ? lengths : lengths + wide(encoding.rows) };
}

const NOTHING = new Uint8Array();

/** An adapter over a matrix: elements [first, first + elements) of it. See shaders/lib/low_rank.wgsl. */
export function lowRankDerivation(
  encoding: Encoding,
  { first, elements }: { readonly first: number; readonly elements: number },
  { workgroups }: Tuning,
): Derivation {
  const { rows: height, columns, scale, lengths } = encoding;
  const [from, to] = touchedRows({ first, columns }, elements);
  const [left = encoding.left, right = encoding.right, magnitude, rows] = wholeOperands({ encoding, first }, elements);
  const places = placesOf(encoding);
  const settings = (constants: number): Settings => {
    const told = new Settings();
    told.integers(
      constants,
      constants + places.right / 4,
      wideRank(encoding) / 4,
      columns / OCTET,
      first / OCTET,
      height - 1,
    );
    told.floats(scale);
    told.integers(from, elements / OCTET);
    return told;
  };
  const constants: Derivation['constants'] = {
    operands: magnitude === undefined ? [left, right] : [left, right, magnitude],
    bytes: 4 * places.end,
    pack: (operands) => packed(encoding, operands),
  };
  const blocks = Math.ceil((to - from) / 4);
  if (lengths === undefined) {
    const octets = (blocks * columns) / OCTET;
    return { kernel: 'derive_low_rank', octets, constants, settings: (at) => settings(at).words() };
  }
  return {
    kernel: 'derive_low_rank_rows',
    workgroups: Math.min(blocks, workgroups),
    constants,
    rows,
    settings(at) {
      const told = settings(at);
      told.integers(to - from, at + places.lengths / 4);
      return told.words();
    },
  };
}

/** Both matrices and, where rows have them, their lengths. */
function packed(encoding: Encoding, operands: readonly Uint8Array[]): Float32Array<ArrayBuffer> {
  const [left = NOTHING, right = NOTHING, magnitude = NOTHING] = operands;
  const places = placesOf(encoding);
  const values = new Float32Array(places.end);
  const { rows, rank, columns, lengths } = encoding;
  const wide = wideRank(encoding);
  const ours = leftRows(encoding, { dtype: encoding.left.dtype, bytes: left }, 0, rows);
  for (let row = 0; row < rows; row++) values.set(ours.subarray(row * rank, (row + 1) * rank), row * wide);
  const panels = new Float32Array(panelElements(encoding));
  fillPanels(encoding, { dtype: encoding.right.dtype, bytes: right }, panels);
  const size = rank * PANEL;
  for (let panel = 0; panel < columns / PANEL; panel++) {
    values.set(panels.subarray(panel * size, (panel + 1) * size), places.right + panel * wide * PANEL);
  }
  if (lengths !== undefined) values.set(decodeScales(lengths.magnitude.dtype, magnitude), places.lengths);
  return values;
}
