import { byteLength, DTYPES, type FloatDtype } from '../../dtype.ts';
import { SHADER_DTYPES, hasNarrowOutput } from '../../devices/webgpu/kernels/spec.ts';
import { operandLists, when } from '../../devices/webgpu/kernels/template.ts';
import { SwizzleError } from '../../errors.ts';
import type { ActivateOp, AddOp, ConvertOp, MergeOp } from '../ops.ts';
import { beginOf, type Dispatch, type ForwardTuning, gridOf, words } from './dispatch.ts';

/** Elements that an invocation of an element-wise kernel computes. */
const EACH = 16;

/** Octets that an invocation of the merge's kernels computes. */
const OCTETS_EACH = 4;

const ACTIVATIONS = ['silu', 'gelu', 'gelu_tanh', 'relu', 'tanh'] as const;

export function activateDispatch({ activation, x, y, elements }: ActivateOp, tuning: ForwardTuning): Dispatch {
  const lists = Object.fromEntries(ACTIVATIONS.map((name) => [name, when(name === activation)]));
  return elementwise('matrix/activate', { ...lists, times: when(y !== undefined) }, x, y, elements, tuning);
}

export function addDispatch({ x, y, elements }: AddOp, tuning: ForwardTuning): Dispatch {
  return elementwise('matrix/add', {}, x, y, elements, tuning);
}

function elementwise(
  kernel: string,
  lists: Dispatch['shader']['lists'],
  x: number,
  y: number | undefined,
  elements: number,
  { workgroupSize }: ForwardTuning,
): Dispatch {
  const tile = workgroupSize * EACH;
  const operands = [{ binding: 1, address: x, bytes: elements * 4 }];
  if (y !== undefined) operands.push({ binding: 2, address: y, bytes: elements * 4 });
  const constants = { WORKGROUP: workgroupSize, TILE: tile };
  return {
    shader: { kernel, library: ['matrix/frame'], lists, constants },
    parameters: words([elements, beginOf(x), beginOf(y ?? 0)]),
    operands,
    grid: gridOf(Math.ceil(elements / tile)),
    work: elements,
  };
}

/** The merge's own kernel on parts of the run's memory. */
export function mergeDispatch({ inputs, weights, out, dtype, elements }: MergeOp, tuning: ForwardTuning): Dispatch {
  return stored('weighted_sum', inputs, weights, { address: out, dtype }, elements, tuning);
}

export function convertDispatch({ x, dtype, out, elements }: ConvertOp, tuning: ForwardTuning): Dispatch {
  return stored('convert', [{ address: x, dtype }], [], { address: out, dtype: 'F32' }, elements, tuning);
}

interface Place {
  readonly address: number;
  readonly dtype: FloatDtype;
}

const STORED_LIBRARY = [
  'matrix/bindings',
  'lib/octet',
  'lib/run',
  'lib/decode',
  'lib/load',
  'lib/encode',
  'lib/special',
];

/** Kernels that read operands as they are stored. Whole octets are written: what lies behind an operand is free. */
function stored(
  kernel: 'weighted_sum' | 'convert',
  inputs: readonly Place[],
  weights: readonly number[],
  out: Place,
  elements: number,
  { workgroupSize }: ForwardTuning,
): Dispatch {
  const dtypes = inputs.map(({ dtype }) => dtype);
  for (const dtype of [...dtypes, out.dtype]) {
    if (!SHADER_DTYPES.has(dtype)) throw new SwizzleError('internal', `${dtype} in a forward pass on a GPU`);
  }
  const begin = Math.min(...inputs.map(({ address }) => address));
  const end = Math.max(...inputs.map(({ address, dtype }) => address + octetBytes(dtype, elements)));
  const octets = Math.ceil(elements / 8);
  const isNarrow = hasNarrowOutput([out.dtype]);
  const header = [octets, 0, 0, 0, ...inputs.map(({ address }) => (address - begin) / 16), 0];
  const constants = { WORKGROUP: workgroupSize, INPUTS: inputs.length, OUTPUTS: 1 };
  const library = [...STORED_LIBRARY, isNarrow ? 'lib/store_narrow' : 'lib/store_wide'];
  return {
    shader: { kernel, library, lists: operandLists(dtypes, [out.dtype]), constants },
    parameters: words(header, weights),
    operands: [
      { binding: 1, address: begin, bytes: end - begin },
      { binding: 2, address: out.address, bytes: octetBytes(out.dtype, elements) },
    ],
    grid: [Math.max(1, Math.min(4096, Math.ceil(octets / (workgroupSize * OCTETS_EACH)))), 1],
    work: elements * inputs.length,
  };
}

function octetBytes(dtype: FloatDtype, elements: number): number {
  return Math.ceil(byteLength(dtype, Math.ceil(elements / 8) * 8) / 16) * 16;
}

/** Whether the GPU computes with elements of a dtype. */
export function isShaderDtype(dtype: FloatDtype): boolean {
  return SHADER_DTYPES.has(dtype) && DTYPES[dtype].bytes <= 4;
}
