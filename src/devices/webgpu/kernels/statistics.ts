import type { Chunk, ChunkPart } from '../../../plan/chunks/chunk.ts';
import type { Statistic } from '../../../plan/kernel/statistics.ts';
import type { Tuning } from '../tuning.ts';
import { histogramProgram } from './histogram.ts';
import { Terms } from './keeps.ts';
import { locateProgram } from './locate.ts';
import { type Item, item, type Lists, Settings } from './template.ts';
import { type KernelSpec, OCTET, type Program, type ShaderKernel } from './spec.ts';

/** The fewest elements of a sum of its own. */
const PARTIAL_ELEMENTS = 64;
/** Octets of a tile for each invocation: sums of more elements in f32 would round too much. */
const MOST_STEPS = 32;

type Of<K extends Statistic['kind']> = Extract<Statistic, { kind: K }>;

/** The program of a statistic, or undefined where no shader computes it. */
export function statisticProgram(chunk: Chunk, tuning: Tuning): Program | undefined {
  const { statistic, part } = chunk;
  if (statistic === undefined || part === undefined || part.first % OCTET !== 0) return undefined;
  if (statistic.kind === 'histogram') return histogramProgram(chunk, statistic, tuning);
  if (statistic.kind === 'locate') return locateProgram(chunk, statistic);
  const { workgroupSize } = tuning;
  const steps = stepsOf(part, workgroupSize);
  if (steps === undefined) return undefined;
  const tileOctets = steps * workgroupSize;
  const settings = new Settings();
  settings.integers(tileOctets);
  const asked = sums(chunk, part, statistic, settings);
  if (asked === undefined) return undefined;
  const number = sumsOf(statistic, chunk.inputs.length);
  const sum = Array.from({ length: number }, (_, p) => item({ p }));
  const spec: KernelSpec = {
    kernel: asked.kernel,
    inputs: chunk.inputs.map(({ dtype }) => dtype),
    outputs: [],
    lists: { ...asked.lists, sum },
    constants: { SUMS: number },
  };
  const tiles = Math.ceil(chunk.elements / OCTET / tileOctets);
  const resultBytes = 4 * tiles * workgroupSize * number;
  const groups = Math.min(tiles, tuning.workgroups);
  return { spec, settings: settings.words(), statistic: { grid: [groups, 1], tileOctets, resultBytes, zeroBytes: 0 } };
}

/** Numbers of each partial sum; none of what is no sum. */
export function sumsOf(statistic: Statistic, inputs: number): number {
  switch (statistic.kind) {
    case 'gram': {
      const vectors = statistic.difference ? inputs - 1 : inputs;
      return (vectors * (vectors + 1)) / 2;
    }
    case 'norms':
      return 2 * statistic.targets.length;
    case 'overlap':
      return 2 * (inputs - 1);
    case 'histogram':
    case 'locate':
    case 'divergence':
      return 0;
  }
}

/** Octets of a tile for each invocation, so that tiles divide units; undefined where they cannot. */
function stepsOf({ unit }: ChunkPart, workgroupSize: number): number | undefined {
  for (let steps = MOST_STEPS; steps * OCTET >= PARTIAL_ELEMENTS; steps /= 2) {
    if (unit % (OCTET * steps * workgroupSize) === 0) return steps;
  }
  return undefined;
}

interface Asked {
  readonly kernel: ShaderKernel;
  readonly lists: Lists;
}

function sums(chunk: Chunk, part: ChunkPart, statistic: Statistic, settings: Settings): Asked | undefined {
  switch (statistic.kind) {
    case 'gram':
      return statistic.per === 'tensor' && statistic.wide !== true ? gram(chunk, statistic) : undefined;
    case 'norms':
      return norms(chunk, part, statistic, settings);
    case 'overlap': {
      settings.floats(statistic.epsilon);
      const term = chunk.inputs.slice(1).map((_, n) => item({ i: n + 1, p: 2 * n, q: 2 * n + 1 }));
      return { kernel: 'overlap_counts', lists: { term } };
    }
    case 'histogram':
    case 'locate':
    case 'divergence':
      return undefined;
  }
}

function gram(chunk: Chunk, { difference }: Of<'gram'>): Asked {
  const from = difference ? 1 : 0;
  const vectors = chunk.inputs.slice(from).map((_, i) => i + from);
  const pair: Item[] = [];
  for (const i of vectors) for (const j of vectors) if (i <= j) pair.push(item({ p: pair.length, i, j }));
  const items = vectors.map((i) => item({ i }));
  return { kernel: 'gram', lists: { vector: difference ? [] : items, difference: difference ? items : [], pair } };
}

function norms(chunk: Chunk, part: ChunkPart, { targets }: Of<'norms'>, settings: Settings): Asked | undefined {
  const terms = new Terms(chunk, part, settings);
  for (const [n, { input, keep }] of targets.entries()) {
    const term = terms.add({ input, keep, numbers: [], values: { p: 2 * n, q: 2 * n + 1 } });
    if (term === undefined) return undefined;
  }
  return { kernel: 'norms', lists: terms.lists() };
}
