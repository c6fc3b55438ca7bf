import { SwizzleError } from '../../../errors.ts';
import type { ChunkReport } from '../../../plan/chunks/chunk.ts';
import type { Elementwise } from '../../../plan/kernel/elementwise.ts';
import { ChunkCounts } from './chunk-counts.ts';
import { FusionProgram } from '../elementwise/fusion.ts';
import { LinesProgram, NearswapProgram, OverlapProgram } from '../elementwise/small-kernels.ts';
import type { ElementwiseProgram, ProgramSetup } from '../elementwise/program.ts';
import { TaskVectorsProgram } from '../elementwise/task-vectors.ts';
import { InputReader } from '../memory/input-reader.ts';
import { OutputWriter } from '../memory/output-writer.ts';
import type { Kernels } from '../kernels.ts';
import { PartMemory } from '../parts/part-memory.ts';
import { subBlocks } from '../parts/sub-blocks.ts';
import type { RunRequest } from '../../thread/protocol.ts';
import type { WorkerSetup } from '../protocol.ts';
import { Stopwatch } from '../stopwatch.ts';

/** Computes the outputs of an element-wise chunk. */
export function runElementwise(
  request: RunRequest,
  bytes: Uint8Array,
  kernels: Kernels,
  { inputs, outputs }: Pick<WorkerSetup, 'inputs' | 'outputs'>,
): ChunkReport {
  const { chunk } = request;
  const memory = new PartMemory(chunk, bytes);
  const program = programOf({ memory, kernels: kernels.parts }, chunk.outputs[0]?.elementwise?.kind);
  const elements = memory.subBlockElements(program.cutting);
  program.place?.(elements);
  const addresses = memory.placeOperands(elements);
  const watch = new Stopwatch();
  const reader = new InputReader(request, addresses, kernels, bytes, inputs);
  const writer = new OutputWriter(chunk, bytes, kernels, outputs);
  const counts = new ChunkCounts(chunk);
  const saturate = chunk.onOverflow === 'saturate' ? 1 : 0;
  for (const block of subBlocks(chunk.elements, elements, program.cutting.multiple)) {
    reader.read(block.begin, block.begin + block.elements);
    watch.lap('readMs');
    reader.derive(block.begin, block.begin + block.elements);
    if (program.run(block, saturate)) counts.add(0, kernels.countsOf(memory.outputTable, chunk.outputs.length));
    const end = block.begin + block.elements;
    counts.add(0, writer.encode(addresses.outputs, block.begin, end));
    watch.lap('computeMs');
    writer.write(addresses.outputs, block.begin, end);
    watch.lap('writeMs');
  }
  writer.finish();
  watch.lap('writeMs');
  return { tensors: counts.list(), differing: [], ...watch.times };
}

function programOf(setup: ProgramSetup, kind: Elementwise['kind'] | undefined): ElementwiseProgram {
  switch (kind) {
    case 'task_vectors':
      return new TaskVectorsProgram(setup);
    case 'nearswap':
      return new NearswapProgram(setup);
    case 'overlap':
      return new OverlapProgram(setup);
    case 'fusion':
      return new FusionProgram(setup);
    case 'weighted_lines':
      return new LinesProgram(setup);
    case undefined:
      throw new SwizzleError('internal', 'an element-wise chunk does not say how its output is computed');
  }
}
