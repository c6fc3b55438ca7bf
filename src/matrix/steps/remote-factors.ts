import type { ForwardMemory } from '../device.ts';
import type { Factors } from './drive.ts';
import { wideFactors } from './wide-factors.ts';
import type { Dense } from './workspace.ts';

/**
 * Eigendecompositions for matrices in another device's memory, which has no f64: they come to the cpu device and go back.
 * @param far where the matrices are
 * @param near memory of the cpu device
 * @param staging address in it of room for two matrices, `step` bytes apart
 */
export function remoteFactors(far: ForwardMemory, near: ForwardMemory, staging: number, step: number): Factors {
  const factors = wideFactors(near);
  const bring = async (matrix: Dense): Promise<Dense> => {
    const here = { ...matrix, address: staging };
    await near.write(here.address, await far.read(matrix.address, bytesOf(matrix)));
    return here;
  };
  const send = async (matrix: Dense, make: (here: Dense) => Promise<void>): Promise<void> => {
    const here = { ...matrix, address: staging + step };
    await make(here);
    await far.write(matrix.address, await near.read(here.address, bytesOf(matrix)));
  };
  return {
    factor: async (action, signal) => factors.factor({ ...action, of: await bring(action.of) }, signal),
    vectors: (of, out, signal) => send(out, (here) => factors.vectors(of, here, signal)),
    apply: async (action, signal) => {
      const x = await bring(action.x);
      await send(action.out, (here) => factors.apply({ ...action, x, out: here }, signal));
    },
  };
}

function bytesOf({ rows, columns }: Dense): number {
  return rows * columns * 4;
}
