// base + scale·(Σ weight·d)/divisor over kept differences d, with sign election.
import { outputAt } from '../operands';
import { BLOCK, slotAt } from '../scratch';
import { termAt } from '../select/keep';
import { freeSlot, keepTerm, selectBlock, Selection } from '../select/selection';
import { anyCounts, clearOutputs, finish } from './finish';
import { averageTerms, Divisor, electTerms, Sum, sumTerms } from './sum-terms';

/**
 * Elements [0, elements) of the sub-block, which begins at `position` of the chunk and `element` of the tensor. An output's
 * `weights` is the address of its Sum.
 */
export function taskVectors(
  selection: usize,
  outputs: usize,
  outputCount: i32,
  elements: i32,
  position: u32,
  element: f64,
  saturate: bool,
): bool {
  const s = changetype<Selection>(selection);
  const free = freeSlot(s);
  const result = slotAt(s.scratch, free);
  const wide = slotAt(s.scratch, free + 1);
  clearOutputs(outputs, outputCount);
  for (let at = 0; at < elements; at += BLOCK) {
    const n = min(BLOCK, elements - at);
    selectBlock(s, at, <u64>element + at, n);
    for (let k = 0; k < outputCount; k++) {
      const output = outputAt(outputs, k);
      const sum = changetype<Sum>(output.weights);
      for (let t = 0; t < sum.termCount; t++) {
        const term = termAt(sum.terms, t);
        term.kept = keepTerm(s, term, slotAt(s.scratch, free + 3 + t), position + at, at, <u64>element + at, n);
      }
      if (sum.elect) electTerms(sum, s.scratch, result, n);
      else if (sum.divisor == Divisor.One) sumTerms(sum, s.scratch, result, n);
      else averageTerms(sum, s.scratch, result, n);
      finish(output, result, at, n, wide, saturate);
    }
  }
  return anyCounts(outputs, outputCount);
}
