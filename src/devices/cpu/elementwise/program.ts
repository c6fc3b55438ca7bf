import { SwizzleError } from '../../../errors.ts';
import type { Elementwise } from '../../../plan/kernel/elementwise.ts';
import type { PartExports } from '../parts/part-exports.ts';
import type { Cutting, PartMemory } from '../parts/part-memory.ts';
import type { SubBlock } from '../parts/sub-blocks.ts';

/** What computes all outputs of a chunk, sub-block by sub-block, in order. */
export interface ElementwiseProgram {
  readonly cutting: Cutting;
  /** Takes what memory depends on the size of sub-blocks. */
  place?(elements: number): void;
  /** Returns whether an output has counts. */
  run(block: SubBlock, saturate: number): boolean;
}

/** What a program is made from. It takes memory for its tables when it is made. */
export interface ProgramSetup {
  readonly memory: PartMemory;
  readonly kernels: PartExports;
}

/** Where nothing asks for more: whole blocks. */
export const BLOCKS: Cutting = { multiple: 1024, whole: false, extraBytes: 0 };

/**
 * The settings of all outputs, which are of one kind.
 * @throws SwizzleError 'internal' where they are not
 */
export function settingsOf<K extends Elementwise['kind']>(
  { chunk }: PartMemory,
  kind: K,
): Extract<Elementwise, { kind: K }>[] {
  return chunk.outputs.map(({ elementwise }) => {
    if (elementwise === undefined || !isKind(elementwise, kind)) {
      throw new SwizzleError('internal', `an output of kind ${elementwise?.kind} in a chunk of kind ${kind}`);
    }
    return elementwise;
  });
}

function isKind<K extends Elementwise['kind']>(
  elementwise: Elementwise,
  kind: K,
): elementwise is Extract<Elementwise, { kind: K }> {
  return elementwise.kind === kind;
}
