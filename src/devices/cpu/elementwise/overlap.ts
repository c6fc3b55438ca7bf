import { SwizzleError } from '../../../errors.ts';
import type { Cutting } from '../parts/part-memory.ts';
import type { SubBlock } from '../parts/sub-blocks.ts';
import { BLOCKS, type ElementwiseProgram, type ProgramSetup, settingsOf } from './program.ts';

/** Task vectors added where they stand alone, averaged where several have something. */
export class OverlapProgram implements ElementwiseProgram {
  readonly cutting: Cutting = BLOCKS;
  readonly #setup: ProgramSetup;
  readonly #scratch: number;

  constructor(setup: ProgramSetup) {
    const { memory } = setup;
    const { length } = memory.chunk.inputs;
    this.#setup = setup;
    for (const [k, { epsilon, unique }] of settingsOf(memory, 'overlap').entries()) {
      if (unique.length !== length - 1) {
        throw new SwizzleError('internal', `${unique.length} factors for ${length - 1} task vectors`);
      }
      const address = memory.take(4 + unique.length * 4);
      const writer = memory.write(address).f32(epsilon);
      for (const factor of unique) writer.f32(factor);
      memory.setSettings(k, address);
    }
    this.#scratch = memory.takeSlots(length + 3);
  }

  run({ elements }: SubBlock, saturate: number): boolean {
    const { kernels, memory } = this.#setup;
    const { inputTable, outputTable, chunk } = memory;
    const { inputs, outputs } = chunk;
    const counted = kernels.overlap(
      inputTable,
      inputs.length,
      outputTable,
      outputs.length,
      elements,
      this.#scratch,
      saturate,
    );
    return counted !== 0;
  }
}
