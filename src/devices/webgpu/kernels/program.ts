import type { Chunk } from '../../../plan/chunks/chunk.ts';
import { operandDtype } from '../../../plan/derived-operand.ts';
import type { Tuning } from '../tuning.ts';
import { elementwiseProgram } from './elementwise.ts';
import { type Program, SHADER_DTYPES } from './spec.ts';
import { statisticProgram } from './statistics.ts';

/** The program for `chunk`, or undefined where no shader computes it; derived operands are made beforehand. */
export function programFor(chunk: Chunk, tuning: Tuning): Program | undefined {
  return chunk.inputs.some(({ derive }) => derive !== undefined)
    ? programOf({ ...chunk, inputs: chunk.inputs.map((input) => ({ ...input, dtype: operandDtype(input) })) }, tuning)
    : programOf(chunk, tuning);
}

/** Inputs have the dtype that the kernel sees. */
function programOf(chunk: Chunk, tuning: Tuning): Program | undefined {
  const dtypes = [...chunk.inputs, ...chunk.outputs].map(({ dtype }) => dtype);
  if (chunk.inputs.length === 0 || !dtypes.every((dtype) => SHADER_DTYPES.has(dtype))) return undefined;
  if (chunk.kernel === 'statistic') return statisticProgram(chunk, tuning);
  if (chunk.outputs.length === 0) return undefined;
  if (chunk.kernel === 'elementwise') return elementwiseProgram(chunk);
  const inputs = chunk.inputs.map(({ dtype }) => dtype);
  const outputs = chunk.outputs.map(({ dtype }) => dtype);
  switch (chunk.kernel) {
    case 'convert':
      if (chunk.inputs.length !== 1 || chunk.outputs.length !== 1) return undefined;
      return { spec: { kernel: 'convert', inputs, outputs }, settings: new Uint32Array(0) };
    case 'weighted_sum': {
      const weights = Float32Array.from(chunk.outputs.flatMap((output) => output.weights));
      return { spec: { kernel: 'weighted_sum', inputs, outputs }, settings: new Uint32Array(weights.buffer) };
    }
    case 'copy':
    case 'difference':
      return undefined;
  }
}
