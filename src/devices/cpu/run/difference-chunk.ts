import {
  addDifferences,
  compareElements,
  DIFFERENCE_FIELDS,
  type DifferenceSums,
  NO_DIFFERENCE,
} from '../../../elements/difference.ts';
import { type Dtype, DTYPES, isFloat } from '../../../dtype.ts';
import { SwizzleError } from '../../../errors.ts';
import type { ChunkReport } from '../../../plan/chunks/chunk.ts';
import { operandDtype, storedBytes } from '../../../plan/derived-operand.ts';
import { InputReader } from '../memory/input-reader.ts';
import type { Kernels } from '../kernels.ts';
import { layOut, WORK_BYTES } from '../memory/memory-layout.ts';
import type { RunRequest, WorkerFile } from '../../thread/protocol.ts';
import { SegmentWalk } from './segments.ts';
import { Stopwatch } from '../stopwatch.ts';

/** At the end of a lane's work area, which sub-blocks never reach: two blocks of f32, and the sums. */
const SCRATCH = WORK_BYTES - 16 * 1024;
const SUMS = WORK_BYTES - 4 * 1024;

/** Compares the two inputs of a chunk tensor by tensor. */
export function differenceChunk(
  request: RunRequest,
  memory: Uint8Array,
  kernels: Kernels,
  files: readonly WorkerFile[],
): ChunkReport {
  const { chunk, staged } = request;
  const [a, b] = chunk.inputs.map(operandDtype);
  if (a === undefined || b === undefined) throw new SwizzleError('internal', 'a comparison has two inputs');
  const layout = layOut(chunk);
  const watch = new Stopwatch();
  const reader = new InputReader(request, layout, kernels, memory, files);
  const segments = new SegmentWalk(chunk.tensors);
  const inKernel = isNarrowFloat(a) && isNarrowFloat(b);
  if (inKernel) kernels.prepare(chunk, layout);
  const found = new Map<number, DifferenceSums>();
  for (let begin = 0; begin < chunk.elements; begin += layout.elements) {
    const end = Math.min(begin + layout.elements, chunk.elements);
    reader.read(begin, end);
    watch.lap('readMs');
    reader.derive(begin, end);
    const addresses = chunk.inputs.map((input, i) => {
      const there = input.derive === undefined ? staged[i] : undefined;
      return there === undefined ? (layout.inputs[i] ?? 0) : there + storedBytes(input, begin);
    });
    for (const { tensor, begin: from, end: to } of segments.within(begin, end)) {
      const sums = inKernel
        ? kernelSums(kernels, layout.inputTable, memory, from - begin, to - from)
        : elementSums([a, b], memory, addresses, from - begin, to - from);
      found.set(tensor, addDifferences(found.get(tensor) ?? NO_DIFFERENCE, sums));
    }
    watch.lap('computeMs');
  }
  const differences = [...found].map(([tensor, sums]) => ({ tensor: chunk.tensors[tensor]?.name ?? '', ...sums }));
  return { tensors: [], differing: [], differences, ...watch.times };
}

function isNarrowFloat(dtype: Dtype): boolean {
  return isFloat(dtype) && dtype !== 'F64';
}

function kernelSums(
  kernels: Kernels,
  inputs: number,
  memory: Uint8Array,
  first: number,
  elements: number,
): DifferenceSums {
  const sums = new Float64Array(memory.buffer, SUMS, DIFFERENCE_FIELDS.length).fill(0);
  kernels.difference(inputs, first, elements, SCRATCH, SUMS);
  const [identical = 0, maxAbsolute = 0, magnitude = 0, squares = 0, squaresA = 0, squaresB = 0, product = 0] = sums;
  return { identical, maxAbsolute, magnitude, squares, squaresA, squaresB, product };
}

function elementSums(
  dtypes: readonly [Dtype, Dtype],
  memory: Uint8Array,
  addresses: readonly number[],
  first: number,
  elements: number,
): DifferenceSums {
  const [a = memory, b = memory] = dtypes.map((dtype, i) => {
    const size = DTYPES[dtype].bytes;
    const address = (addresses[i] ?? 0) + first * size;
    return memory.subarray(address, address + elements * size);
  });
  return compareElements(dtypes, [a, b], elements);
}
