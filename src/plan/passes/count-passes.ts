import { PASSES, type RequestKind } from '../methods/work.ts';
import type { TensorTask } from '../tasks.ts';

/** How often a tensor's inputs are read: once for each statistic that its outputs ask for, and once to compute them. */
export function countPasses({ outputs }: Pick<TensorTask, 'outputs'>): number {
  const kinds = new Set<RequestKind>();
  for (const { work } of outputs) {
    if (work?.kind === 'ask') for (const kind of [work.request.kind, ...(work.later ?? [])]) kinds.add(kind);
  }
  return [...kinds].reduce((passes, kind) => passes + PASSES[kind], 1);
}
