import type { ScaledEncoding } from '../../../elements/encoding.ts';
import { decodeScales } from '../../../elements/decode.ts';
import { DTYPES } from '../../../dtype.ts';
import { rangeBytes } from '../../../elements/byte-range.ts';
import type { WholeOperand } from '../../../plan/derived-operand.ts';
import { padded } from '../../device.ts';
import { Settings } from '../kernels/template.ts';
import { OCTET } from '../kernels/spec.ts';
import type { Derivation } from './derivation.ts';

/** Float8 and its scales; undefined where eight neighbours may have two scales. See shaders/derive_scaled.wgsl. */
export function scaledDerivation(encoding: ScaledEncoding<WholeOperand>, first: number): Derivation | undefined {
  const { rows, columns, blockRows, blockColumns, scales } = encoding;
  if (blockColumns % OCTET !== 0 && blockColumns < columns) return undefined;
  const count = rangeBytes(scales.ranges) / DTYPES[scales.dtype].bytes;
  return {
    kernel: 'derive_scaled',
    constants: {
      operands: [scales],
      bytes: padded(4 * count),
      pack: ([bytes = new Uint8Array()]) => new Float32Array(decodeScales(scales.dtype, bytes)),
    },
    settings(constants) {
      const settings = new Settings();
      const grid = [Math.ceil(rows / blockRows), Math.ceil(columns / blockColumns)];
      settings.integers(
        constants,
        first / OCTET,
        columns / OCTET,
        rows,
        blockRows,
        Math.ceil(blockColumns / OCTET),
        ...grid,
      );
      return settings.words();
    },
  };
}
