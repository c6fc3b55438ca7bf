import type { Chunk } from '../../../plan/chunks/chunk.ts';
import type { Statistic } from '../../../plan/kernel/statistics.ts';
import { addTerms } from './keeps.ts';
import type { KernelSpec, Program } from './spec.ts';
import { item, Settings, when } from './template.ts';

/** The program that finds the n-th of equal values, or undefined where no shader computes them. */
export function locateProgram(
  chunk: Chunk,
  { value, targets }: Extract<Statistic, { kind: 'locate' }>,
): Program | undefined {
  if (value.kind === 'importance') return undefined;
  const settings = new Settings();
  settings.integers(...targets.flatMap(({ bits, nth }) => [bits, nth]));
  const terms = addTerms(settings, chunk.inputs.length - 1);
  const spec: KernelSpec = {
    kernel: 'locate',
    inputs: chunk.inputs.map(({ dtype }) => dtype),
    outputs: [],
    lists: {
      difference: when(value.kind === 'difference'),
      spread: value.kind === 'spread' ? [item({ at: terms })] : [],
      target: targets.map(({ input }, n) => item({ n, i: input })),
    },
  };
  const resultBytes = 4 * targets.length;
  const statistic = { grid: [1, targets.length], tileOctets: 1, resultBytes, zeroBytes: resultBytes } as const;
  return { spec, settings: settings.words(), statistic };
}
