import { Terms } from './keeps.ts';
import type { Program, ShaderKernel } from './spec.ts';
import { type Item, item, type Lists, operandLists, Settings, when } from './template.ts';
import type { Chunk, ChunkPart } from '../../../plan/chunks/chunk.ts';
import type { Elementwise, Nearswap, Overlap, TaskVectors, WeightedLines } from '../../../plan/kernel/elementwise.ts';

/** One output of shaders/weighted_lines.wgsl: of coefficients by row only those of the chunk's own rows are told. */
function linesOutput(chunk: Chunk, part: ChunkPart, { per, weights }: WeightedLines, settings: Settings): Item {
  const inputs = chunk.inputs.length;
  const [begin, end] =
    per === 'column'
      ? [0, part.rowLength]
      : [Math.floor(part.first / part.rowLength), Math.ceil((part.first + chunk.elements) / part.rowLength)];
  const at = settings.table(weights.subarray(begin * inputs, end * inputs));
  // the first element's place in its row is then a multiple of 8, too
  const whole = per === 'row' && part.rowLength % 8 === 0;
  return item(
    { at },
    {
      whole: when(whole),
      ragged: when(per === 'row' && !whole),
      column: when(per === 'column'),
      scattered: when(!whole),
    },
  );
}

/** What an elementwise kernel adds to the lists of operands: for each output, and for all. */
interface Asked {
  readonly kernel: ShaderKernel;
  readonly outputs: readonly (Item | undefined)[];
  readonly lists?: Lists;
}

/** The program of an elementwise chunk, or undefined where no shader computes one of its outputs. */
export function elementwiseProgram(chunk: Chunk): Program | undefined {
  const inputs = chunk.inputs.map(({ dtype }) => dtype);
  const outputs = chunk.outputs.map(({ dtype }) => dtype);
  const settings = new Settings();
  const asked = ask(chunk, settings);
  if (asked === undefined) return undefined;
  const output: Item[] = [];
  for (const [k, operand] of (operandLists(inputs, outputs)['output'] ?? []).entries()) {
    const own = asked.outputs[k];
    if (own === undefined) return undefined;
    output.push({ values: { ...operand.values, ...own.values }, ...(own.lists && { lists: own.lists }) });
  }
  const spec = { kernel: asked.kernel, inputs, outputs, lists: { ...asked.lists, output } };
  return { spec, settings: settings.words() };
}

function ask(chunk: Chunk, settings: Settings): Asked | undefined {
  const { part } = chunk;
  // an octet never begins within the draws of a counter
  if (part === undefined || part.first % 8 !== 0) return undefined;
  const all = chunk.outputs.map((output) => output.elementwise);
  switch (all[0]?.kind) {
    case 'task_vectors':
      return taskVectors(chunk, part, only(all, 'task_vectors'), settings);
    case 'nearswap':
      return nearswap(only(all, 'nearswap'), settings);
    case 'overlap':
      return overlap(only(all, 'overlap'), settings);
    case 'weighted_lines':
      return weightedLines(chunk, part, only(all, 'weighted_lines'), settings);
    default:
      return undefined;
  }
}

function only<K extends Elementwise['kind']>(
  all: readonly (Elementwise | undefined)[],
  kind: K,
): Extract<Elementwise, { kind: K }>[] {
  return all.filter((one): one is Extract<Elementwise, { kind: K }> => one?.kind === kind);
}

function taskVectors(chunk: Chunk, part: ChunkPart, all: readonly TaskVectors[], settings: Settings): Asked {
  const terms = new Terms(chunk, part, settings);
  const outputs = all.map(({ terms: list, elect, divisor, scale }) => {
    const term = list.map(({ input, keep, weight, vote, share }) => {
      return terms.add({ input, keep, numbers: [weight, vote, share] });
    });
    if (term.includes(undefined)) return undefined;
    return item(
      { at: settings.floats(scale) },
      {
        term: term.filter((one) => one !== undefined),
        plain: when(!elect),
        elect: when(elect),
        divided: when(divisor !== 'one'),
        shares: when(divisor === 'shares'),
        floored: when(divisor === 'floored'),
      },
    );
  });
  return { kernel: 'task_vectors', outputs, lists: terms.lists() };
}

function nearswap(all: readonly Nearswap[], settings: Settings): Asked {
  return { kernel: 'nearswap', outputs: all.map(({ t }) => item({ at: settings.floats(t) })) };
}

function overlap(all: readonly Overlap[], settings: Settings): Asked {
  let n = 0;
  const outputs = all.map(({ epsilon, unique }) => {
    const term = unique.map((factor, i) => item({ n: n++, i: i + 1, at: settings.floats(factor) }));
    return item({ at: settings.floats(epsilon) }, { term });
  });
  return { kernel: 'overlap', outputs };
}

function weightedLines(chunk: Chunk, part: ChunkPart, all: readonly WeightedLines[], settings: Settings): Asked {
  settings.integers(part.first % part.rowLength, part.rowLength);
  return { kernel: 'weighted_lines', outputs: all.map((one) => linesOutput(chunk, part, one, settings)) };
}
