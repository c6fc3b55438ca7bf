import { gaussian } from '../../gaussian.ts';
import type { RouterRows } from '../../plan/moe/assemble.ts';
import { uniform } from '../../random.ts';

/** What rows are drawn for. */
export interface RandomRows {
  readonly mode: 'random' | 'uniform_random';
  readonly seed: number;
  readonly layers: number;
  readonly experts: number;
  readonly hidden: number;
  readonly hasGate: boolean;
}

/** Router rows of N(0, 1), or uniform in ±1/√hidden; the same for the same seed. */
export function randomRows({ mode, seed, layers, experts, hidden, hasGate }: RandomRows): RouterRows[] {
  const draw = (label: string, rows: number): Float32Array => {
    if (mode === 'random') return gaussian(seed, label, rows * hidden);
    const most = 1 / Math.sqrt(hidden);
    return Float32Array.from({ length: rows * hidden }, (_, index) => most * (2 * uniform(seed, label, index) - 1));
  };
  return Array.from({ length: layers }, (_, layer) => ({
    experts: draw(`router ${layer}`, experts),
    gate: hasGate ? draw(`shared expert gate ${layer}`, 1) : undefined,
  }));
}
