import { when } from '../../devices/webgpu/kernels/template.ts';
import type { AdamOp, CombineOp, DotsOp, ScaleOp, TransposeOp } from '../ops.ts';
import { beginOf, type Dispatch, type ForwardTuning, gridOf, words } from './dispatch.ts';

/** Elements that an invocation computes. */
const EACH = 16;

/** Steps over whole matrices, element by element. */
export function denseDispatch(op: ScaleOp | TransposeOp, { workgroupSize }: ForwardTuning): Dispatch {
  const { rows, columns, x } = op;
  const elements = rows * columns;
  const [other, bytes] =
    op.op === 'scale' ? [op.factors, (op.per === 'row' ? rows : columns) * 4] : [op.out, elements * 4];
  const lists = op.op === 'scale' ? { row: when(op.per === 'row'), column: when(op.per === 'column') } : {};
  const tile = workgroupSize * EACH;
  return {
    shader: {
      kernel: `matrix/${op.op}`,
      library: ['matrix/frame'],
      lists,
      constants: { WORKGROUP: workgroupSize, TILE: tile },
    },
    parameters: words([rows, columns, beginOf(x), beginOf(other)]),
    operands: [
      { binding: 1, address: x, bytes: elements * 4 },
      { binding: 2, address: other, bytes },
    ],
    grid: gridOf(Math.ceil(elements / tile)),
    work: elements,
  };
}

export function combineDispatch({ x, y, a, b, elements }: CombineOp, { workgroupSize }: ForwardTuning): Dispatch {
  const tile = workgroupSize * EACH;
  const operands = [{ binding: 1, address: x, bytes: elements * 4 }];
  if (b !== 0) operands.push({ binding: 2, address: y, bytes: elements * 4 });
  return {
    shader: {
      kernel: 'matrix/combine',
      library: ['matrix/frame'],
      lists: { own: when(a !== 0), other: when(b !== 0) },
      constants: { WORKGROUP: workgroupSize, TILE: tile },
    },
    parameters: words([elements, beginOf(x), beginOf(y)], [a, b]),
    operands,
    grid: gridOf(Math.ceil(elements / tile)),
    work: elements,
  };
}

export function adamDispatch(op: AdamOp, { workgroupSize }: ForwardTuning): Dispatch {
  const { x, gradient, first, second, elements, rate, step } = op;
  const tile = workgroupSize * EACH;
  const places = [x, gradient, first, second];
  const corrections = [rate / (1 - 0.9 ** step), 1 / Math.sqrt(1 - 0.999 ** step)];
  return {
    shader: {
      kernel: 'matrix/adam',
      library: ['matrix/frame'],
      lists: {},
      constants: { WORKGROUP: workgroupSize, TILE: tile },
    },
    parameters: words([elements, ...places.map((address) => beginOf(address))], corrections),
    operands: places.map((address, index) => ({ binding: index + 1, address, bytes: elements * 4 })),
    grid: gridOf(Math.ceil(elements / tile)),
    work: 4 * elements,
  };
}

/** A row a workgroup. */
export function dotsDispatch({ x, y, rows, columns, out }: DotsOp, { workgroupSize }: ForwardTuning): Dispatch {
  const operands = [
    { binding: 1, address: x, bytes: rows * columns * 4 },
    { binding: 3, address: out, bytes: rows * 4 },
  ];
  if (y !== x) operands.push({ binding: 2, address: y, bytes: rows * columns * 4 });
  return {
    shader: {
      kernel: 'matrix/dots',
      library: ['matrix/frame', 'matrix/reduce'],
      lists: { other: when(y !== x), same: when(y === x) },
      constants: { WORKGROUP: workgroupSize },
    },
    parameters: words([rows, columns, beginOf(x), beginOf(y), beginOf(out)]),
    operands,
    grid: gridOf(rows),
    work: rows * columns,
  };
}
