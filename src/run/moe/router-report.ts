import { symmetricEigen } from '../../matrix/low-rank/symmetric-eigen.ts';
import type { RouterRows } from '../../plan/moe/assemble.ts';

/** How well the router of a layer tells experts apart. */
export interface RouterLayer {
  readonly layer: number;
  /** Largest cosine between two experts' rows; NaN for one expert. */
  readonly similarity: number;
  /** Condition number of the rows, with the shared expert's gate; infinite if one is a sum of others. */
  readonly condition: number;
}

/** mergekit warns above this condition number. */
const DEGENERATE = 5;

/** @param hidden elements of a row */
export function routerReport(routers: readonly RouterRows[], hidden: number): RouterLayer[] {
  return routers.map(({ experts, gate }, layer) => {
    const rows = Array.from({ length: experts.length / hidden }, (_, index) => {
      return experts.subarray(index * hidden, (index + 1) * hidden);
    });
    const all = gate === undefined ? rows : [...rows, gate];
    const gram = new Float64Array(all.length ** 2);
    for (const [i, a] of all.entries()) for (const [j, b] of all.entries()) gram[i * all.length + j] = dot(a, b);
    let similarity = NaN;
    for (const [i] of rows.entries()) {
      for (let j = 0; j < i; j++) {
        const at = (a: number, b: number): number => gram[a * all.length + b] ?? NaN;
        const cosine = at(i, j) / Math.sqrt(at(i, i) * at(j, j));
        if (!Number.isNaN(cosine) && !(similarity >= cosine)) similarity = cosine;
      }
    }
    const { values } = symmetricEigen(gram, all.length);
    const least = values.at(-1) ?? NaN;
    const condition = least > 0 ? Math.sqrt((values[0] ?? NaN) / least) : Infinity;
    return { layer, similarity, condition };
  });
}

/** A warning for layers where routing is degenerate. */
export function routerWarnings(layers: readonly RouterLayer[]): string[] {
  const found = layers.filter(({ condition }) => !(condition <= DEGENERATE)).map(({ layer }) => layer);
  if (found.length === 0) return [];
  const where = found.length === layers.length ? 'all layers' : `layers ${found.join(', ')}`;
  return [
    `routing is degenerate in ${where}: the experts' prompts are too similar (condition number above ${DEGENERATE})`,
  ];
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
