import { byteLength, DTYPES } from '../../dtype.ts';
import type { Chunk, ChunkTensor } from './chunk.ts';
import { derivationFrom, heldBytes, heldParts, storedBytes } from '../derived-operand.ts';
import { formUnit, writtenBytes } from '../output-form.ts';
import { cutRanges } from '../../elements/byte-range.ts';

/** Every operand's memory begins at a multiple of this many bytes (WebGPU's storage buffer offset). */
const ALIGNMENT = 256;

/** Chunks are cut at multiples of this many elements, so that cuts never split a vector of a kernel. */
const ELEMENT_STEP = 1024;

/** Memory that one chunk takes, in bytes, each operand padded. */
export interface ChunkShape {
  readonly inputBytes: number;
  readonly outputBytes: number;
}

/** `bytes` rounded up to the alignment of operands. */
export function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** The most elements of `span` that keep every operand within `chunkBytes` and all of them within `limits`. */
function chunkElements(span: Chunk, chunkBytes: number, limits: ChunkShape): number {
  const total = (bytes: number[]): number => bytes.reduce((sum, one) => sum + one, 0);
  const inputs = span.inputs.map((input) => heldBytes(input, ELEMENT_STEP) / ELEMENT_STEP);
  const outputs = span.outputs.map(({ dtype }) => DTYPES[dtype].bytes);
  const regions = span.inputs.reduce((sum, input) => sum + heldParts(input, ELEMENT_STEP).length, 0);
  const most = Math.min(
    chunkBytes / Math.max(1, ...inputs, ...outputs),
    (limits.inputBytes - ALIGNMENT * regions) / total(inputs),
    outputs.length === 0 ? Infinity : (limits.outputBytes - ALIGNMENT * outputs.length) / total(outputs),
  );
  const step = span.outputs.reduce(
    (unit, output) => commonMultiple(unit, formUnit(output)),
    span.part?.unit ?? ELEMENT_STEP,
  );
  return Math.max(step, Math.floor(most / step) * step);
}

function commonMultiple(a: number, b: number): number {
  let [larger, rest] = [a, b];
  while (rest > 0) [larger, rest] = [rest, larger % rest];
  return (a / larger) * b;
}

/** Memory that the largest chunk of all spans takes. */
export function largestChunk(spans: readonly Chunk[], chunkBytes: number, limits: ChunkShape): ChunkShape {
  let shape: ChunkShape = { inputBytes: ALIGNMENT, outputBytes: ALIGNMENT };
  for (const span of spans) {
    const elements = Math.min(span.elements, chunkElements(span, chunkBytes, limits));
    const total = (bytes: number[]): number => bytes.reduce((sum, one) => sum + padded(one), 0);
    const inputBytes = total(span.inputs.flatMap((input) => heldParts(input, elements)));
    const outputBytes = total(span.outputs.map(({ dtype }) => byteLength(dtype, elements)));
    shape = {
      inputBytes: Math.max(shape.inputBytes, inputBytes),
      outputBytes: Math.max(shape.outputBytes, outputBytes),
    };
  }
  return shape;
}

/**
 * Elements of chunks that all passes of a job can be cut into.
 * @returns undefined where chunks of so many whole units are too large
 */
export function commonStep(
  whole: Chunk,
  units: readonly number[],
  chunkBytes: number,
  limits: ChunkShape,
): number | undefined {
  const unit = units.reduce(commonMultiple, ELEMENT_STEP);
  const step = chunkElements(
    { ...whole, part: { first: 0, elements: whole.elements, rowLength: 1, unit } },
    chunkBytes,
    limits,
  );
  const widest = Math.max(...[...whole.inputs, ...whole.outputs].map(({ dtype }) => DTYPES[dtype].bytes));
  return Math.min(step, whole.elements) * widest <= chunkBytes ? step : undefined;
}

/** Cuts a span into chunks of `step` elements, in order. */
export function* cutEvery(span: Chunk, step: number): Generator<Chunk> {
  const cutter = new SpanCutter(span);
  for (let begin = 0; begin < span.elements; begin += step) {
    yield span.elements <= step ? span : cutter.cut(begin, Math.min(begin + step, span.elements));
  }
}

/** Cuts spans into chunks, in order. */
export function* cutChunks(spans: readonly Chunk[], chunkBytes: number, limits: ChunkShape): Generator<Chunk> {
  for (const span of spans) {
    yield* cutEvery(span, chunkElements(span, chunkBytes, limits));
  }
}

/** Cuts one span from front to back, so that a span of many tensors is walked once. */
export class SpanCutter {
  readonly #span: Chunk;
  #tensor = 0;

  constructor(span: Chunk) {
    this.#span = span;
  }

  /** Elements [begin, end) as a chunk; `begin` never goes back. */
  cut(begin: number, end: number): Chunk {
    const { inputs, outputs, part } = this.#span;
    return {
      ...this.#span,
      elements: end - begin,
      inputs: inputs.map((input) => {
        const ranges = cutRanges(input.ranges, storedBytes(input, begin), storedBytes(input, end));
        return { ...input, ranges, derive: derivationFrom(input.derive, begin) };
      }),
      outputs: outputs.map((output) => ({ ...output, begin: output.begin + writtenBytes(output, begin) })),
      tensors: this.#cutTensors(begin, end),
      part: part && { ...part, first: part.first + begin },
    };
  }

  #cutTensors(begin: number, end: number): ChunkTensor[] {
    const { tensors } = this.#span;
    const cut: ChunkTensor[] = [];
    for (let at = this.#tensor; at < tensors.length; at++) {
      const tensor = tensors[at];
      if (tensor === undefined || tensor.end <= begin) {
        this.#tensor = at + 1;
        continue;
      }
      cut.push({ name: tensor.name, end: Math.min(tensor.end, end) - begin });
      if (tensor.end >= end) break;
    }
    return cut;
  }
}
