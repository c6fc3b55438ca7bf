/** Dot products of n vectors: all that methods on a sphere need of them, since every vector they meet is a combination. */
export class Gram {
  readonly size: number;
  /** Upper triangle, row by row. */
  readonly #products: Float64Array;

  /** @param products of vectors i ≤ j, row by row: n(n+1)/2 of them */
  constructor(size: number, products: Float64Array) {
    this.size = size;
    this.#products = products;
  }

  /** x_i · x_j */
  at(i: number, j: number): number {
    const [low, high] = i < j ? [i, j] : [j, i];
    return this.#products[low * this.size - (low * (low - 1)) / 2 + high - low] ?? 0;
  }

  norm(i: number): number {
    return Math.sqrt(Math.max(0, this.at(i, i)));
  }

  /** (Σ a_i x_i) · (Σ b_j x_j) */
  dot(a: readonly number[], b: readonly number[]): number {
    let sum = 0;
    for (let i = 0; i < this.size; i++) {
      for (let j = 0; j < this.size; j++) sum += (a[i] ?? 0) * (b[j] ?? 0) * this.at(i, j);
    }
    return sum;
  }

  /** ‖Σ a_i x_i‖ */
  length(a: readonly number[]): number {
    return Math.sqrt(Math.max(0, this.dot(a, a)));
  }
}

/** Σ_i a_i·rows_i of equal lengths: combinations of coefficient vectors. */
export function combine(factors: readonly number[], vectors: readonly (readonly number[])[]): number[] {
  const [first = []] = vectors;
  return first.map((_, at) => vectors.reduce((sum, vector, i) => sum + (factors[i] ?? 0) * (vector[at] ?? 0), 0));
}

/** Vector i of the standard basis, times `scale`. */
export function axis(size: number, i: number, scale: number): number[] {
  return Array.from({ length: size }, (_, at) => (at === i ? scale : 0));
}
