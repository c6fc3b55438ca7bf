import type { WideOp } from '../ops.ts';
import type { ForwardKernels, WideCalls } from './kernels.ts';
import type { OpParts } from './parts.ts';

/** Rows and columns of a part of a product in f64. */
const PRODUCT_ROWS = 48;
const PRODUCT_COLUMNS = 64;

/** Rows that are reflected together, other rows of a part, and columns that are rotated together: they stay in the cache. */
const REFLECTED_ROWS = 8;
const ROWS = 32;
const ROTATED_COLUMNS = 32;

type RunRows = (first: number, count: number, wide: WideCalls) => void;

/** How an op in f64 is cut. */
export function wideParts(op: WideOp): OpParts {
  const whole = (run: (wide: WideCalls) => void): OpParts => ({ count: 1, run: (_, { wide }) => run(wide) });
  const rows = (total: number, size: number, run: RunRows): OpParts => ({
    count: Math.ceil(total / size),
    run: (part: number, { wide }: ForwardKernels) => run(part * size, Math.min(size, total - part * size), wide),
  });
  switch (op.do) {
    case 'product':
      return productParts(op);
    case 'mirror':
    case 'unit': {
      const { address, size } = op.z;
      return rows(size, ROWS, (first, count, wide) => {
        const call = op.do === 'mirror' ? wide.mirrored : wide.unitRow;
        for (let row = first; row < first + count; row++) call(address, size, row);
      });
    }
    case 'reflector': {
      const { a, column, vectors } = op;
      return whole((wide) =>
        wide.reflector(a.address, a.size, column, vectors.own, vectors.diagonal, vectors.off, vectors.taus),
      );
    }
    case 'centered': {
      const { a, column, vectors } = op;
      return whole((wide) => wide.centered(a.size, column, vectors.own, vectors.taus, vectors.image));
    }
    case 'reflected':
    case 'updated': {
      const { a, column, vectors } = op;
      const { own, taus, image } = vectors;
      return rows(a.size - column - 1, ROWS, (first, count, wide) => {
        if (op.do === 'reflected') wide.reflected(a.address, a.size, column, own, taus, image, first, count);
        else wide.updated(a.address, a.size, column, own, image, first, count);
      });
    }
    case 'reflect': {
      const { z, a, vectors } = op;
      return rows(z.size, REFLECTED_ROWS, (first, count, wide) =>
        wide.reflectRows(z.address, z.size, a.address, vectors.taus, first, count),
      );
    }
    case 'ql': {
      const { size, vectors } = op;
      const { diagonal, off, state, rotations, most } = vectors;
      return whole((wide) => wide.tridiagonalQl(diagonal, off, size, state, rotations, most));
    }
    case 'rotate': {
      const { z, vectors } = op;
      return rows(z.size, ROTATED_COLUMNS, (first, count, wide) =>
        wide.rotateRows(z.address, z.size, vectors.rotations, wide.word(vectors.state + 8), first, count),
      );
    }
    case 'scaled': {
      const { z, factors, out } = op;
      return rows(z.size, ROWS, (first, count, wide) => {
        for (let row = first; row < first + count; row++) {
          wide.scaledRow(z.address, z.size, row, factors[row] ?? NaN, out);
        }
      });
    }
    case 'narrowed': {
      const { z, out } = op;
      return rows(op.rows.length, ROWS, (first, count, wide) => {
        for (let at = first; at < first + count; at++) {
          wide.narrowed(z.address, z.size, op.rows[at] ?? 0, out + at * z.size * 4);
        }
      });
    }
  }
}

function productParts(op: Extract<WideOp, { do: 'product' }>): OpParts {
  const { x, w, out, depth, add, lower } = op;
  const across = Math.ceil(op.columns / PRODUCT_COLUMNS);
  return {
    count: across * Math.ceil(op.rows / PRODUCT_ROWS),
    run(part, { wide }) {
      const row = Math.floor(part / across) * PRODUCT_ROWS;
      const column = (part % across) * PRODUCT_COLUMNS;
      const rows = Math.min(PRODUCT_ROWS, op.rows - row);
      if (lower && column >= row + rows) return;
      const columns = Math.min(PRODUCT_COLUMNS, op.columns - column);
      const [fromX, fromW] = [x.address + row * x.row, w.address + column * w.step];
      const to = out.address + row * out.row + column * out.step;
      const wides = [x, w, out].map((operand) => Number(operand.wide));
      const [xs = 0, ws = 0, outs = 0] = wides;
      wide.wideProduct(
        fromX,
        x.row,
        x.step,
        xs,
        fromW,
        w.row,
        w.step,
        ws,
        to,
        out.row,
        outs,
        rows,
        columns,
        depth,
        add,
      );
    },
  };
}
