import type { ChunkReport } from '../../../plan/chunks/chunk.ts';
import { ChunkCounts } from './chunk-counts.ts';
import { copyChunk } from './copy-chunk.ts';
import { differenceChunk } from './difference-chunk.ts';
import { InputReader } from '../memory/input-reader.ts';
import { OutputWriter } from '../memory/output-writer.ts';
import { Kernels } from '../kernels.ts';
import { layOut } from '../memory/memory-layout.ts';
import type { FileCalls, RunRequest, WorkerFile } from '../../thread/protocol.ts';
import type { WorkerSetup } from '../protocol.ts';
import { runElementwise } from './run-elementwise.ts';
import { runStatistic } from './run-statistic.ts';
import { SegmentWalk } from './segments.ts';
import { Stopwatch } from '../stopwatch.ts';
import { WriteSums } from '../memory/write-sums.ts';

/** Runs chunks in a worker's thread: reads, computes and writes sub-blocks that stay in the cache. */
export class ChunkRunner {
  readonly #setup: WorkerSetup;
  readonly #kernels: Kernels;
  readonly #memory: Uint8Array;

  readonly #sums: WriteSums | undefined;

  constructor(setup: WorkerSetup, calls?: FileCalls) {
    this.#kernels = new Kernels(setup.module, setup.memory);
    const withCalls = (file: WorkerFile): WorkerFile => ({ ...file, calls });
    const [inputs, outputs] = [setup.inputs.map(withCalls), setup.outputs.map(withCalls)];
    this.#sums = setup.sums ? new WriteSums(outputs, this.#kernels.checksum) : undefined;
    this.#setup = { ...setup, inputs, outputs: this.#sums?.files ?? outputs };
    this.#memory = new Uint8Array(setup.memory.buffer);
  }

  /** @throws SwizzleError 'io' for files, 'device' or 'internal' for a chunk that cannot be run */
  run(request: RunRequest): ChunkReport {
    const { chunk } = request;
    this.#sums?.take(chunk); // what a chunk that failed has written
    const report = this.#run(request);
    return this.#sums === undefined ? report : { ...report, pieces: this.#sums.take(chunk) };
  }

  #run(request: RunRequest): ChunkReport {
    switch (request.chunk.kernel) {
      case 'copy':
        return copyChunk(request.chunk, request.staged, this.#memory, this.#setup);
      case 'difference':
        return differenceChunk(request, this.#memory, this.#kernels, this.#setup.inputs);
      case 'elementwise':
        return runElementwise(request, this.#memory, this.#kernels, this.#setup);
      case 'statistic':
        return runStatistic(request, this.#memory, this.#kernels, this.#setup.inputs);
      case 'weighted_sum':
      case 'convert':
        return this.#sum(request);
    }
  }

  #sum(request: RunRequest): ChunkReport {
    const { chunk } = request;
    const layout = layOut(chunk);
    const { inputs, outputs } = this.#setup;
    const watch = new Stopwatch();
    const reader = new InputReader(request, layout, this.#kernels, this.#memory, inputs);
    const writer = new OutputWriter(chunk, this.#memory, this.#kernels, outputs);
    const segments = new SegmentWalk(chunk.tensors);
    const counts = new ChunkCounts(chunk);
    this.#kernels.prepare(chunk, layout);
    for (let begin = 0; begin < chunk.elements; begin += layout.elements) {
      const end = Math.min(begin + layout.elements, chunk.elements);
      reader.read(begin, end);
      watch.lap('readMs');
      reader.derive(begin, end);
      for (const segment of segments.within(begin, end)) {
        const found = this.#kernels.run(chunk, layout, segment.begin - begin, segment.end - segment.begin);
        if (found !== undefined) counts.add(segment.tensor, found);
      }
      counts.add(0, writer.encode(layout.outputs, begin, end));
      watch.lap('computeMs');
      writer.write(layout.outputs, begin, end);
      watch.lap('writeMs');
    }
    writer.finish();
    watch.lap('writeMs');
    return { tensors: counts.list(), differing: [], ...watch.times };
  }
}
