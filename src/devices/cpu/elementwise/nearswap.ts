import type { Cutting } from '../parts/part-memory.ts';
import type { SubBlock } from '../parts/sub-blocks.ts';
import { BLOCKS, type ElementwiseProgram, type ProgramSetup, settingsOf } from './program.ts';

/** The second input where both are near, in part where they are not. */
export class NearswapProgram implements ElementwiseProgram {
  readonly cutting: Cutting = BLOCKS;
  readonly #setup: ProgramSetup;
  readonly #scratch: number;

  constructor(setup: ProgramSetup) {
    const { memory } = setup;
    this.#setup = setup;
    for (const [k, { t }] of settingsOf(memory, 'nearswap').entries()) {
      const address = memory.take(4);
      memory.write(address).f32(t);
      memory.setSettings(k, address);
    }
    this.#scratch = memory.takeSlots(5);
  }

  run({ elements }: SubBlock, saturate: number): boolean {
    const { kernels, memory } = this.#setup;
    const { inputTable, outputTable, chunk } = memory;
    return kernels.nearswap(inputTable, outputTable, chunk.outputs.length, elements, this.#scratch, saturate) !== 0;
  }
}
