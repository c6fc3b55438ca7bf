import { SwizzleError } from '../../../errors.ts';
import type { ChunkReport } from '../../../plan/chunks/chunk.ts';
import type { Statistic } from '../../../plan/kernel/statistics.ts';
import { InputReader } from '../memory/input-reader.ts';
import type { Kernels } from '../kernels.ts';
import { PartMemory } from '../parts/part-memory.ts';
import { subBlocks } from '../parts/sub-blocks.ts';
import type { RunRequest, WorkerFile } from '../../thread/protocol.ts';
import { DivergenceProgram, NormsProgram, OverlapProgram } from '../statistics/sums.ts';
import { GramColumnsProgram, GramProgram } from '../statistics/gram.ts';
import { HistogramProgram } from '../statistics/histogram.ts';
import { LocateProgram } from '../statistics/locate.ts';
import type { ProgramSetup, StatisticProgram } from '../statistics/program.ts';
import { Stopwatch } from '../stopwatch.ts';

/** Finds out what a statistic chunk asks. */
export function runStatistic(
  request: RunRequest,
  bytes: Uint8Array,
  kernels: Kernels,
  files: readonly WorkerFile[],
): ChunkReport {
  const { chunk } = request;
  if (chunk.statistic === undefined) throw new SwizzleError('internal', 'a statistic chunk asks nothing');
  const memory = new PartMemory(chunk, bytes);
  const program = programOf({ memory, kernels: kernels.parts }, chunk.statistic);
  const elements = memory.subBlockElements(program.cutting);
  program.place?.(elements);
  const watch = new Stopwatch();
  const reader = new InputReader(request, memory.placeOperands(elements), kernels, bytes, files);
  for (const block of subBlocks(chunk.elements, elements, program.cutting.multiple)) {
    reader.read(block.begin, block.begin + block.elements);
    watch.lap('readMs');
    reader.derive(block.begin, block.begin + block.elements);
    program.add(block);
    watch.lap('computeMs');
  }
  return { tensors: [], differing: [], numbers: program.numbers(), ...watch.times };
}

function programOf(setup: ProgramSetup, statistic: Statistic): StatisticProgram {
  switch (statistic.kind) {
    case 'gram':
      return statistic.per === 'column' ? new GramColumnsProgram(setup, statistic) : new GramProgram(setup, statistic);
    case 'histogram':
      return new HistogramProgram(setup, statistic);
    case 'locate':
      return new LocateProgram(setup, statistic);
    case 'norms':
      return new NormsProgram(setup, statistic);
    case 'overlap':
      return new OverlapProgram(setup, statistic);
    case 'divergence':
      return new DivergenceProgram(setup);
  }
}
