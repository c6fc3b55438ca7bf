import { type MatmulOp, type Op, SUM_ELEMENTS } from '../ops.ts';
import type { ForwardKernels } from './kernels.ts';
import { wideParts } from './wide-parts.ts';

/** An op cut into parts that any thread may compute, in any order: no part's result depends on another. */
export interface OpParts {
  readonly count: number;
  run(part: number, kernels: ForwardKernels): void;
}

/** Rows that a part of a row-wise op takes. */
const ROWS = 64;
/** Elements that a part of an element-wise op takes; a multiple of 16, since kernels step so. */
const ELEMENTS = SUM_ELEMENTS;
/** Rows and columns of a part of a matrix product: multiples of 96 and 8; small enough for the caches. */
const PRODUCT_ROWS = 480;
export const PRODUCT_COLUMNS = 64;

/** How `op` is cut for `threads` threads. */
export function partsOf(op: Op, threads: number): OpParts {
  switch (op.op) {
    case 'merge':
    case 'convert':
    case 'activate':
    case 'add':
    case 'combine':
    case 'adam':
      return cut(op.elements, ELEMENTS, (first, count, kernels) => kernels.elements(op, first, count));
    case 'squares':
      return {
        count: Math.ceil(op.elements / ELEMENTS),
        run(part, kernels) {
          const first = part * ELEMENTS;
          kernels.squares(op, part, first, Math.min(ELEMENTS, op.elements - first));
        },
      };
    case 'gather':
    case 'norm':
    case 'rotate':
    case 'scale':
    case 'dots':
    case 'transpose':
    case 'loss':
      return cut(op.rows, ROWS, (first, count, kernels) => kernels.rows(op, first, count));
    case 'attend': {
      const { heads, sequences } = op;
      return {
        count: heads * sequences.length,
        run: (part, kernels) => kernels.attend(op, Math.floor(part / heads), part % heads),
      };
    }
    case 'wide':
      return wideParts(op);
    case 'matmul':
      return productParts(op, threads);
  }
}

type RunPart = (first: number, count: number, kernels: ForwardKernels) => void;

function cut(total: number, size: number, run: RunPart): OpParts {
  return {
    count: Math.ceil(total / size),
    run: (part, kernels) => run(part * size, Math.min(size, total - part * size), kernels),
  };
}

/** Parts of a product: at least four a thread where there are columns enough, so that a thread held up costs little. */
function productParts(op: MatmulOp, threads: number): OpParts {
  const fair = Math.ceil(op.columns / (4 * threads) / 8) * 8;
  const columns = Math.max(8, Math.min(PRODUCT_COLUMNS, fair));
  const across = Math.ceil(op.columns / columns);
  const down = Math.ceil(op.rows / PRODUCT_ROWS);
  return {
    count: across * down,
    run(part, kernels) {
      const row = Math.floor(part / across) * PRODUCT_ROWS;
      const column = (part % across) * columns;
      const rows = Math.min(PRODUCT_ROWS, op.rows - row);
      kernels.matmul(op, row, rows, column, Math.min(columns, op.columns - column));
    },
  };
}
