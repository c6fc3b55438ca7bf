import type { Chunk } from '../../plan/chunks/chunk.ts';
import type { StatisticGrid } from './kernels/spec.ts';
import { sumsOf } from './kernels/statistics.ts';

/** The numbers of a statistic, laid out as `Statistic` says, from what the kernel has left at byte `offset`. */
export function readNumbers(chunk: Chunk, grid: StatisticGrid, mapped: ArrayBuffer, offset: number): Float64Array {
  const { statistic, part } = chunk;
  const words = grid.resultBytes / 4;
  if (statistic?.kind === 'histogram') return Float64Array.from(new Uint32Array(mapped, offset, words));
  if (statistic?.kind === 'locate') {
    // places count from 1; 0 says that there is no such element
    return Float64Array.from(new Uint32Array(mapped, offset, words), (place) => place - 1);
  }
  if (statistic === undefined || part === undefined) return new Float64Array(0);
  const partials = new Float32Array(mapped, offset, words);
  const sums = sumsOf(statistic, chunk.inputs.length);
  const tiles = Math.ceil(chunk.elements / 8 / grid.tileOctets);
  const units = statistic.kind === 'overlap' ? 1 : Math.ceil(chunk.elements / part.unit);
  const wordsOfUnit = statistic.kind === 'overlap' ? words : (words / tiles) * (part.unit / 8 / grid.tileOctets);
  const numbers = new Float64Array(units * sums);
  for (let unit = 0; unit < units; unit++) {
    const own = numbers.subarray(unit * sums, (unit + 1) * sums);
    const end = Math.min((unit + 1) * wordsOfUnit, words);
    for (let at = unit * wordsOfUnit; at < end; at += sums) {
      for (let sum = 0; sum < sums; sum++) own[sum] = (own[sum] ?? 0) + (partials[at + sum] ?? 0);
    }
  }
  return numbers;
}
