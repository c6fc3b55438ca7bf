import type { ForwardMemory } from '../device.ts';
import { symmetricEigen } from '../low-rank/symmetric-eigen.ts';
import { type Factors, readMatrix } from './drive.ts';

/** Factors small matrices on the main thread. */
export function hostFactors(memory: ForwardMemory): Factors {
  const known = new Map<number, Float64Array>();
  const vectorsAt = (address: number): Float64Array => known.get(address) ?? new Float64Array(0);
  const write = (address: number, values: Float32Array<ArrayBuffer>): Promise<void> =>
    memory.write(address, new Uint8Array(values.buffer));
  return {
    async factor({ of, side, into: { address, size } }) {
      const x = await readMatrix(memory, of);
      const [step, along, depth] = side === 'rows' ? [of.columns, 1, of.columns] : [1, of.columns, of.rows];
      const gram = new Float64Array(size * size);
      for (let a = 0; a < size; a++) {
        for (let b = 0; b <= a; b++) {
          let sum = 0;
          for (let i = 0; i < depth; i++) sum += (x[a * step + i * along] ?? NaN) * (x[b * step + i * along] ?? NaN);
          gram[a * size + b] = sum;
          gram[b * size + a] = sum;
        }
      }
      const { values, vectors } = symmetricEigen(gram, size);
      known.set(address, vectors);
      return values;
    },
    vectors: ({ address, size }, out) =>
      write(out.address, Float32Array.from(vectorsAt(address).subarray(0, out.rows * size))),
    async apply({ of: { address, size }, factors, x: { rows, columns, ...rest }, side, out }) {
      const vectors = vectorsAt(address);
      const x = await readMatrix(memory, { rows, columns, ...rest });
      const sum = new Float64Array(rows * columns);
      const [step, along, lines] = side === 'rows' ? [columns, 1, columns] : [1, columns, rows];
      for (const [index, factor] of factors.entries()) {
        if (factor === 0) continue;
        const own = vectors.subarray(index * size, (index + 1) * size);
        for (let line = 0; line < lines; line++) {
          let part = 0;
          for (let a = 0; a < size; a++) part += (own[a] ?? NaN) * (x[a * step + line * along] ?? NaN);
          part *= factor;
          for (let a = 0; a < size; a++) {
            const at = a * step + line * along;
            sum[at] = (sum[at] ?? NaN) + part * (own[a] ?? NaN);
          }
        }
      }
      await write(out.address, Float32Array.from(sum));
    },
  };
}
