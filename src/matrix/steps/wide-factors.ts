import { SwizzleError } from '../../errors.ts';
import type { ForwardMemory } from '../device.ts';
import type { WideOp, WideOperand, WideVectors } from '../ops.ts';
import type { Spectrum } from './actions.ts';
import type { Factors } from './drive.ts';
import { ROTATIONS } from './spectrum-bytes.ts';
import type { Dense } from './workspace.ts';

/** Columns that are brought to tridiagonal form in one call. */
const COLUMNS = 128;

const NOT_FINITE = 'contains NaN or infinity, or values too large to be squared; such a matrix cannot be decomposed';

/** Where a decomposition has its matrices and vectors. */
interface Places {
  /** The Gram matrix, then the reflections; afterwards free. */
  readonly a: { readonly address: number; readonly size: number };
  /** Eigenvectors, one a row. */
  readonly z: { readonly address: number; readonly size: number };
  readonly free: number;
  readonly vectors: WideVectors;
}

function placesOf({ address, size }: Spectrum): Places {
  const square = size * size * 8;
  const vector = (at: number): number => address + 3 * square + at * (size + 8) * 8;
  const state = vector(5);
  return {
    a: { address, size },
    z: { address: address + square, size },
    free: address + 2 * square,
    vectors: {
      diagonal: vector(0),
      off: vector(1),
      taus: vector(2),
      own: vector(3),
      image: vector(4),
      state,
      rotations: state + 64,
      most: Math.max(ROTATIONS, size),
    },
  };
}

/**
 * Eigendecompositions in f64 on the cpu device's threads: Householder's tridiagonal form, implicit QL (EISPACK's tred2 and tql2).
 * @param memory of the cpu device; matrices and f64 are both in it
 */
export function wideFactors(memory: ForwardMemory): Factors {
  /** By address: which row of z each eigenvalue belongs to, largest first. */
  const orders = new Map<number, readonly number[]>();
  const run = (ops: readonly WideOp[], signal?: AbortSignal): Promise<void> =>
    memory.run([{ kind: 'shared', ops }], signal);
  const numbers = async (address: number, count: number): Promise<Float64Array> => {
    return new Float64Array((await memory.read(address, count * 8)).buffer);
  };
  return {
    async factor({ of, side, into }, signal) {
      const { size } = into;
      const { a, z, vectors } = placesOf(into);
      await run([gram(of, side, a.address, size), { op: 'wide', do: 'mirror', z: a }], signal);
      for (let first = 0; first < size - 1; first += COLUMNS) {
        const ops: WideOp[] = [];
        for (let column = first; column < Math.min(size - 1, first + COLUMNS); column++) {
          for (const step of ['reflector', 'reflected', 'centered', 'updated'] as const) {
            ops.push({ op: 'wide', do: step, a, column, vectors });
          }
        }
        await run(ops, signal);
      }
      await copyLast(memory, a, vectors);
      await run([{ op: 'wide', do: 'unit', z }], signal);
      for (let done = false; !done;) {
        await run(
          [
            { op: 'wide', do: 'ql', size, vectors },
            { op: 'wide', do: 'rotate', z, vectors },
          ],
          signal,
        );
        done = new Int32Array((await memory.read(vectors.state, 16)).buffer)[3] === 1;
      }
      await run([{ op: 'wide', do: 'reflect', z, a, vectors }], signal);
      const values = await numbers(vectors.diagonal, size);
      if (!values.every(Number.isFinite)) throw new SwizzleError('mismatch', NOT_FINITE);
      const order = [...values.keys()].sort(
        (one, other) => (values[other] ?? NaN) - (values[one] ?? NaN) || one - other,
      );
      orders.set(into.address, order);
      return Float64Array.from(order, (row) => values[row] ?? NaN);
    },
    vectors(of, out, signal) {
      const rows = (orders.get(of.address) ?? []).slice(0, out.rows);
      return run([{ op: 'wide', do: 'narrowed', z: placesOf(of).z, rows, out: out.address }], signal);
    },
    async apply({ of, factors, x, side, out }, signal) {
      const { a, z, free } = placesOf(of);
      const { size } = z;
      const own: number[] = [];
      for (const [index, row] of (orders.get(of.address) ?? []).entries()) own[row] = factors[index] ?? 0;
      const square = (address: number): WideOperand => ({ address, row: size * 8, step: 8, wide: true });
      const across: WideOperand = { address: z.address, row: 8, step: size * 8, wide: true };
      const f = square(a.address);
      const ops: WideOp[] = [
        { op: 'wide', do: 'scaled', z, factors: own, out: free },
        {
          op: 'wide',
          do: 'product',
          x: across,
          w: square(free),
          out: f,
          rows: size,
          columns: size,
          depth: size,
          add: 0,
          lower: true,
        },
        { op: 'wide', do: 'mirror', z: a },
        {
          op: 'wide',
          do: 'product',
          x: side === 'rows' ? f : narrow(x),
          w: side === 'rows' ? narrow(x) : f,
          out: narrow(out),
          rows: out.rows,
          columns: out.columns,
          depth: size,
          add: 0,
          lower: false,
        },
      ];
      await run(ops, signal);
    },
  };
}

function narrow({ address, columns }: Dense): WideOperand {
  return { address, row: columns * 4, step: 4, wide: false };
}

/** X·Xᵀ (rows) or Xᵀ·X (columns), on and below the diagonal. */
function gram(x: Dense, side: 'rows' | 'columns', address: number, size: number): WideOp {
  const along = narrow(x);
  const across = { ...along, row: along.step, step: along.row };
  const out: WideOperand = { address, row: size * 8, step: 8, wide: true };
  const [first, second, depth] = side === 'rows' ? [along, across, x.columns] : [across, along, x.rows];
  return { op: 'wide', do: 'product', x: first, w: second, out, rows: size, columns: size, depth, add: 0, lower: true };
}

/** The last diagonal element, which no reflection is made for; and a state for QL. */
async function copyLast(memory: ForwardMemory, a: Places['a'], vectors: WideVectors): Promise<void> {
  const { address, size } = a;
  await memory.write(vectors.state, new Uint8Array(64));
  await memory.write(vectors.off + (size - 1) * 8, new Uint8Array(8));
  const last = await memory.read(address + (size * size - 1) * 8, 8);
  await memory.write(vectors.diagonal + (size - 1) * 8, last);
}
