import { when } from '../../devices/webgpu/kernels/template.ts';
import type { GatherOp, LossOp, NormOp, RotateOp } from '../ops.ts';
import { beginOf, type Dispatch, type ForwardTuning, gridOf, type Operand, words } from './dispatch.ts';

type Rows = GatherOp | LossOp | NormOp | RotateOp;

/** Ops that have a workgroup for each row. */
export function rowsDispatch(op: Rows, { workgroupSize }: ForwardTuning): Dispatch {
  const { lists, library = [], parameters, operands, work } = ask(op);
  return {
    shader: {
      kernel: `matrix/${op.op}`,
      library: ['matrix/frame', ...library],
      lists,
      constants: { WORKGROUP: workgroupSize },
    },
    parameters,
    operands,
    grid: gridOf(op.rows),
    work: op.rows * work,
  };
}

interface Asked {
  readonly lists: Dispatch['shader']['lists'];
  readonly library?: readonly string[];
  readonly parameters: Dispatch['parameters'];
  readonly operands: readonly Operand[];
  /** Of a row. */
  readonly work: number;
}

function ask(op: Rows): Asked {
  switch (op.op) {
    case 'norm':
      return norm(op);
    case 'gather':
      return gather(op);
    case 'rotate':
      return rotate(op);
    case 'loss':
      return loss(op);
  }
}

function norm(op: NormOp): Asked {
  const { x, out, rows, width, weight, bias, epsilon, unit } = op;
  const isApart = x !== out;
  const operands = [part(1, x, rows * width), part(2, weight, width)];
  if (bias !== undefined) operands.push(part(3, bias, width));
  if (isApart) operands.push(part(4, out, rows * width));
  return {
    lists: {
      biased: when(bias !== undefined),
      apart: when(isApart),
      within: when(!isApart),
      layer: when(op.norm === 'layer'),
    },
    library: ['matrix/reduce'],
    parameters: words([rows, width, beginOf(x), beginOf(out)], [epsilon, unit]),
    operands,
    work: 3 * width,
  };
}

function gather({ table, tableRows, index, out, rows, width, scale, add }: GatherOp): Asked {
  return {
    lists: { add: when(add), set: when(!add) },
    parameters: words([rows, width, beginOf(table), beginOf(index), beginOf(out)], [scale]),
    operands: [part(1, table, tableRows * width), part(2, index, rows), part(3, out, rows * width)],
    work: width,
  };
}

function rotate({ x, rows, heads, size, rotary, table, tableRows, positions }: RotateOp): Asked {
  return {
    lists: {},
    parameters: words([rows, heads, size, rotary / 2, beginOf(x), beginOf(positions)]),
    operands: [part(1, x, rows * heads * size), part(2, table, tableRows * rotary), part(3, positions, rows)],
    work: heads * rotary,
  };
}

function loss({ logits, rows, columns, first, softCap, targets, state }: LossOp): Asked {
  return {
    lists: {},
    library: ['matrix/reduce'],
    parameters: words([rows, columns, beginOf(logits), beginOf(targets), beginOf(state), first], [softCap]),
    operands: [part(1, logits, rows * columns), part(2, targets, rows), part(3, state, rows * 3)],
    work: 8 * columns,
  };
}

function part(binding: number, address: number, elements: number): Operand {
  return { binding, address, bytes: elements * 4 };
}
