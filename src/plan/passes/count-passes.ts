import type { Answer, Request, Work } from '../methods/work.ts';
import { Gram } from '../methods/parts/gram.ts';
import type { TensorTask } from '../tasks.ts';

/** Histograms of a cutoff; the look at one chunk that may follow is not counted. */
const CUTOFF_PASSES = 3;

/**
 * How often a tensor's inputs are read. A method's questions are followed with answers that are made up; what it asks does
 * not depend on them but in odd cases, so that this is an estimate.
 */
export function countPasses({ outputs, inputs }: TensorTask): number {
  let works: Work[] = outputs.flatMap(({ work }) => work ?? []);
  let passes = 1;
  for (;;) {
    const asks = works.flatMap((work) => (work.kind === 'ask' ? [work] : []));
    if (asks.length === 0) return passes;
    const kinds = new Set(asks.map(({ request }) => request.kind));
    for (const kind of kinds) passes += kind === 'cutoffs' ? CUTOFF_PASSES : 1;
    try {
      works = asks.map((one) => one.next(plausible(one.request, inputs.length)));
    } catch {
      return passes;
    }
  }
}

/** Vectors of length one at right angles, and nothing that stands out. */
function plausible(request: Request, inputs: number): Answer {
  switch (request.kind) {
    case 'gram': {
      const size = inputs - (request.difference ? 1 : 0);
      const products = Array.from({ length: size }, (_, i) =>
        Array.from({ length: size - i }, (_, j) => (j === 0 ? 1 : 0)),
      );
      return { kind: 'gram', value: [new Gram(size, Float64Array.from(products.flat()))] };
    }
    case 'cutoffs':
      return { kind: 'cutoffs', value: request.wants.map(() => ({ bits: 0x3f80_0000, index: 0 })) };
    case 'norms':
      return { kind: 'norms', value: request.targets.map(() => ({ absolute: 1, squares: 1 })) };
    case 'overlap':
      return { kind: 'overlap', value: Array.from({ length: inputs - 1 }, () => ({ unique: 1, shared: 1 })) };
    case 'divergence':
      return { kind: 'divergence', value: new Float32Array(0) };
  }
}
