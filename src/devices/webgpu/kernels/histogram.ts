import type { Statistic } from '../../../plan/kernel/statistics.ts';
import type { Chunk } from '../../../plan/chunks/chunk.ts';
import type { Tuning } from '../tuning.ts';
import { addTerms } from './keeps.ts';
import { item, Settings, when } from './template.ts';
import type { KernelSpec, Program } from './spec.ts';

/** Workgroup memory that every adapter has, in words. */
const MOST_BINS = 4096;
/** Octets of a workgroup: each clears and hands over all bins, so that few do much. */
const OCTETS = 32_768;

/** The program of a histogram, or undefined where no shader computes it. */
export function histogramProgram(
  chunk: Chunk,
  { value, shift, bits, targets }: Extract<Statistic, { kind: 'histogram' }>,
  { workgroupSize, workgroups, ownBins }: Tuning,
): Program | undefined {
  const bins = 2 ** bits;
  const narrowed = targets.filter(({ prefix }) => prefix !== undefined).length;
  if (value.kind === 'importance' || bins > MOST_BINS || (narrowed > 0 && narrowed < targets.length)) return undefined;
  const settings = new Settings();
  settings.integers(shift, ...targets.map(({ prefix }) => prefix ?? 0));
  const terms = addTerms(settings, chunk.inputs.length - 1);
  const spec: KernelSpec = {
    kernel: 'histogram',
    inputs: chunk.inputs.map(({ dtype }) => dtype),
    outputs: [],
    lists: {
      difference: when(value.kind === 'difference'),
      spread: value.kind === 'spread' ? [item({ at: terms })] : [],
      target: targets.map(({ input }, n) => item({ n, i: input })),
      every: when(narrowed === 0),
      narrowed: when(narrowed > 0),
    },
    constants: { BINS: bins, BITS: bits },
    library: [ownBins ? 'bins_own' : 'bins_shared'],
  };
  const groups = Math.min(Math.ceil(chunk.elements / 8 / OCTETS), workgroups);
  const resultBytes = 4 * targets.length * (bins + 1);
  const ownBytes = ownBins ? resultBytes * groups * workgroupSize : 0;
  const statistic = {
    grid: [groups, targets.length],
    tileOctets: 1,
    resultBytes,
    zeroBytes: resultBytes + ownBytes,
  } as const;
  return { spec, settings: settings.words(), statistic };
}
