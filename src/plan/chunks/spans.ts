import { type ByteRange, appendRange } from '../../elements/byte-range.ts';
import type { Chunk, ChunkInput, ChunkTensor, OverflowMode } from './chunk.ts';
import type { Place } from '../layout.ts';
import { isFull } from './span-limit.ts';
import { writtenBytes } from '../output-form.ts';
import type { TensorTask } from '../tasks.ts';

/** A task and, for every variant, the output file and byte where its data begins. */
export interface PlacedTask {
  readonly task: TensorTask;
  readonly places: readonly Place[];
}

/**
 * Joins tensors that lie behind one another in every output and share kernel, dtypes and coefficients into spans: one
 * read an input, one dispatch, one write. A span is a chunk of any size. Empty tensors need no work and are left out.
 */
export function joinSpans(placed: readonly PlacedTask[], onOverflow: OverflowMode): Chunk[] {
  const spans: OpenSpan[] = [];
  for (const one of placed) {
    if (one.task.elements === 0) continue;
    const next = spanOf(one, onOverflow);
    const open = spans.at(-1);
    if (open !== undefined && !isFull(open) && joins(open, next)) append(open, next);
    else spans.push(next);
  }
  return spans;
}

/** A span that tensors are still appended to. */
interface OpenSpan extends Chunk {
  elements: number;
  readonly inputs: readonly (ChunkInput & { readonly ranges: ByteRange[] })[];
  readonly tensors: ChunkTensor[];
}

function spanOf({ task, places }: PlacedTask, onOverflow: OverflowMode): OpenSpan {
  const { name, kernel, elements } = task;
  if (kernel === 'matrix') throw new RangeError(`tensor ${name} is no span`);
  return {
    kernel,
    elements,
    inputs: task.inputs.map((input) => ({ ...input, ranges: [...input.ranges] })),
    outputs: task.outputs.map(({ dtype, weights, form }, index) => {
      const place = places[index];
      if (place === undefined) throw new RangeError(`tensor ${name} has no place in variant ${index}`);
      return { dtype, file: place.shard, begin: place.begin, weights: kernel === 'weighted_sum' ? weights : [], form };
    }),
    onOverflow,
    tensors: [{ name, end: elements }],
  };
}

function joins(a: Chunk, b: Chunk): boolean {
  return (
    a.kernel === b.kernel &&
    a.inputs.length === b.inputs.length &&
    a.inputs.every(({ dtype, derive }, index) => {
      const next = b.inputs[index];
      return dtype === next?.dtype && derive === undefined && next.derive === undefined;
    }) &&
    a.outputs.every((output, index) => {
      const next = b.outputs[index];
      return (
        output.dtype === next?.dtype &&
        output.form === undefined &&
        next.form === undefined &&
        output.file === next.file &&
        output.begin + writtenBytes(output, a.elements) === next.begin &&
        output.weights.every((weight, at) => weight === next.weights[at])
      );
    })
  );
}

function append(open: OpenSpan, next: OpenSpan): void {
  for (const [index, input] of next.inputs.entries()) {
    for (const range of input.ranges) appendRange(open.inputs[index]?.ranges ?? [], range);
  }
  for (const { name, end } of next.tensors) open.tensors.push({ name, end: open.elements + end });
  open.elements += next.elements;
}
