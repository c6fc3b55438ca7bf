import { byteLength, DTYPES } from '../../../dtype.ts';
import type { Chunk, ChunkReport } from '../../../plan/chunks/chunk.ts';
import { fileOf, RangeReader, writeFully } from '../../thread/file-io.ts';
import { layOut } from '../memory/memory-layout.ts';
import type { WorkerSetup } from '../protocol.ts';
import { SegmentWalk } from './segments.ts';
import { Stopwatch } from '../stopwatch.ts';

/** Copies input 0 and compares further inputs with it; `staged` as in RunRequest. */
export function copyChunk(
  chunk: Chunk,
  staged: readonly (number | undefined)[],
  memory: Uint8Array,
  { inputs, outputs }: Pick<WorkerSetup, 'inputs' | 'outputs'>,
): ChunkReport {
  const layout = layOut(chunk);
  const readers = chunk.inputs.map(({ ranges }) => new RangeReader(ranges, inputs));
  const segments = new SegmentWalk(chunk.tensors);
  const differing = new Set<number>();
  const watch = new Stopwatch();
  const size = DTYPES[chunk.inputs[0]?.dtype ?? 'U8'].bytes;
  for (let begin = 0; begin < chunk.elements; begin += layout.elements) {
    const end = Math.min(begin + layout.elements, chunk.elements);
    const bytes = (end - begin) * size;
    const addresses = chunk.inputs.map((_, i) => {
      const address = staged[i];
      if (address !== undefined) return address + begin * size;
      const own = layout.inputs[i] ?? 0;
      readers[i]?.read(memory, own, bytes);
      return own;
    });
    watch.lap('readMs');
    const first = addresses[0] ?? 0;
    if (addresses.length > 1) {
      for (const segment of segments.within(begin, end)) {
        if (differing.has(segment.tensor)) continue;
        const [from, to] = [(segment.begin - begin) * size, (segment.end - begin) * size];
        const expected = memory.subarray(first + from, first + to);
        const same = addresses.every((at) => Buffer.compare(memory.subarray(at + from, at + to), expected) === 0);
        if (!same) differing.add(segment.tensor);
      }
    }
    watch.lap('computeMs');
    for (const { dtype, file, begin: position } of chunk.outputs) {
      writeFully(fileOf(outputs, file), memory, first, bytes, position + byteLength(dtype, begin));
    }
    watch.lap('writeMs');
  }
  const names = [...differing].map((tensor) => chunk.tensors[tensor]?.name ?? '');
  return { tensors: [], differing: names, ...watch.times };
}
