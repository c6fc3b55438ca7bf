import { DTYPES } from '../../dtype.ts';
import { item, type Item, operandLists, when } from '../../devices/webgpu/kernels/template.ts';
import type { AttendOp, MatmulOp } from '../ops.ts';
import {
  BINDING_ALIGNMENT,
  beginOf,
  type Dispatch,
  type ForwardTuning,
  type Operand,
  shaderDtype,
  words,
} from './dispatch.ts';

/** Rows and columns of a workgroup in matmul_tiles.wgsl, and its invocations. */
const TILE = 128;
const TILE_INVOCATIONS = 256;

/** Pairs of an octet's elements, and the component that holds each. */
const PAIRS = ['x', 'y', 'z', 'w'].map((p, n) => item({ p, n }));

/** A product, cut along its columns where it would keep the GPU long. */
export function matmulDispatches(op: MatmulOp, tuning: ForwardTuning): Dispatch[] {
  const { rows, columns, depth } = op;
  const byLines = tuning.lineRows > 0 && depth % 8 === 0 && op.across !== true && op.w % BINDING_ALIGNMENT === 0;
  const [tall, wide] = byLines ? [tuning.lineRows, tuning.workgroupSize * tuning.lineColumns] : [TILE, TILE];
  const [down, across] = [Math.ceil(rows / tall), Math.ceil(columns / wide)];
  const work = rows * depth * wide;
  const most = Math.min(65_535, Math.max(1, Math.floor(tuning.sliceWork / work)));
  const shader = byLines ? linesShader(op, tuning) : tilesShader(op);
  return Array.from({ length: Math.ceil(across / most) }, (_, slice): Dispatch => {
    const first = slice * most;
    const count = Math.min(most, across - first);
    const begin = beginOf(op.x);
    return {
      shader,
      parameters: words([rows, columns, depth, begin, beginOf(op.out), first, beginOf(op.w, DTYPES[op.dtype].bytes)]),
      operands: operandsOf(op),
      grid: [down, count],
      work: work * count,
    };
  });
}

function linesShader(
  { dtype, bias, add }: MatmulOp,
  { workgroupSize, lineRows, lineColumns, broadcasts }: ForwardTuning,
): Dispatch['shader'] {
  return {
    kernel: 'matrix/matmul_lines',
    extensions: broadcasts ? ['subgroups'] : [],
    library: ['matrix/frame', 'lib/octet', 'lib/decode', 'lib/load'],
    lists: {
      input: operandLists([dtype], [])['input'] ?? [],
      row: counted(lineRows),
      column: Array.from({ length: lineColumns }, (_, j) => item({ j })),
      pair: PAIRS,
      shared: when(broadcasts),
      alone: when(!broadcasts),
      biased: when(bias !== undefined),
      add: when(add),
    },
    constants: {
      WORKGROUP: workgroupSize,
      ROWS: lineRows,
      COLUMNS_EACH: lineColumns,
      OCTET_WORDS: DTYPES[dtype].bytes / 2,
    },
  };
}

function tilesShader({ dtype, bias, add, across = false }: MatmulOp): Dispatch['shader'] {
  const dtypes = ['f32', 'bf16', 'f16'].map((name) => [name, when(name === shaderDtype(dtype))] as const);
  return {
    kernel: 'matrix/matmul_tiles',
    library: ['matrix/frame'],
    lists: {
      ...Object.fromEntries(dtypes),
      quarter: counted(4),
      biased: when(bias !== undefined),
      add: when(add),
      across: when(across),
      along: when(!across),
    },
    constants: { WORKGROUP: TILE_INVOCATIONS },
  };
}

function operandsOf({ x, rows, depth, w, dtype, columns, bias, out }: MatmulOp): Operand[] {
  const operands = [
    { binding: 1, address: x, bytes: rows * depth * 4 },
    { binding: 2, address: w, bytes: columns * depth * DTYPES[dtype].bytes },
    { binding: 3, address: out, bytes: rows * columns * 4 },
  ];
  return bias === undefined ? operands : [...operands, { binding: 4, address: bias, bytes: columns * 4 }];
}

/** Keys that an invocation of attend.wgsl looks at together. */
const KEYS = 4;

/** Attention: a workgroup for each head and each run of neighbouring queries. */
export function attendDispatch(op: AttendOp, { workgroupSize }: ForwardTuning): Dispatch {
  const { heads, keyValueHeads, size, sequences, q, k, v, out } = op;
  const lanes = size % 4 === 0 && [q, k, v, out].every((address) => address % 16 === 0) ? 4 : 1;
  const blocks = sequences.flatMap(({ row, rows }) =>
    Array.from({ length: Math.ceil(rows / workgroupSize) }, (_, block) => [block * workgroupSize, row, rows]),
  );
  const rows = Math.max(...sequences.map((sequence) => sequence.row + sequence.rows));
  const begins = [q, k, v, out].map((address) => beginOf(address, 4 * lanes));
  const bits = new Uint32Array(Float32Array.of(op.scale, op.softCap).buffer);
  const head = [heads, keyValueHeads, ...bits, Number(op.causal), op.window, ...begins];
  const part = (binding: number, address: number, all: number): Operand => {
    return { binding, address, bytes: rows * all * size * 4 };
  };
  return {
    shader: {
      kernel: 'matrix/attend',
      library: ['matrix/frame'],
      lists: { four: when(lanes === 4), one: when(lanes === 1), key: counted(KEYS) },
      constants: { WORKGROUP: workgroupSize, PARTS: size / lanes },
    },
    parameters: Uint32Array.from([...head, ...blocks.flat()]),
    operands: [part(1, q, heads), part(2, k, keyValueHeads), part(3, v, keyValueHeads), part(4, out, heads)],
    grid: [blocks.length, heads],
    work: sequences.reduce((sum, sequence) => sum + sequence.rows ** 2 * heads * size * 2, 0),
  };
}

function counted(count: number): Item[] {
  return Array.from({ length: count }, (_, r) => item({ r }));
}
