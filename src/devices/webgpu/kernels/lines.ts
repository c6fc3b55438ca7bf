import type { Chunk, ChunkPart } from '../../../plan/chunks/chunk.ts';
import type { WeightedLines } from '../../../plan/kernel/elementwise.ts';
import type { Settings } from './settings.ts';
import { type Item, item, when } from './template.ts';

/** One output of shaders/weighted_lines.wgsl: of coefficients by row only those of the chunk's own rows are told. */
export function linesOutput(chunk: Chunk, part: ChunkPart, { per, weights }: WeightedLines, settings: Settings): Item {
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
