import type { Chunk } from '../../../plan/chunks/chunk.ts';
import type { WholeOperand } from '../../../plan/derived-operand.ts';
import { type KernelSpec, OCTET, SHADER_DTYPES, type ShaderKernel } from '../kernels/spec.ts';
import type { Tuning } from '../tuning.ts';
import { lowRankDerivation } from './low-rank.ts';
import { scaledDerivation } from './scaled.ts';

/** How the f32 of one input is made on the GPU, before the chunk's kernel runs. */
export interface Derivation {
  readonly kernel: ShaderKernel;
  /** Octets that invocations take, where they are not those of the chunk. */
  readonly octets?: number | undefined;
  /** Workgroups, where they are not counted by octets. */
  readonly workgroups?: number | undefined;
  /** What is the same for all chunks of a tensor: known by where it is stored, read whole, and laid out as f32 of so many bytes. */
  readonly constants: {
    readonly operands: readonly WholeOperand[];
    readonly bytes: number;
    readonly pack: (operands: readonly Uint8Array[]) => Float32Array<ArrayBuffer>;
  };
  /** Whole rows that the chunk's elements lie in, where the kernel wants those. */
  readonly rows?: WholeOperand | undefined;
  /** @param constants where they begin, in vec4s */
  readonly settings: (constants: number) => Uint32Array<ArrayBuffer>;
}

/** A derivation of a chunk, and what it makes. */
export interface InputDerivation extends Derivation {
  readonly input: number;
  readonly spec: KernelSpec;
}

/** Adapters and scales of a chunk that are larger together are applied on the CPU: a lane holds them beside its operands. */
const MOST_CONSTANT_BYTES = 64 * 2 ** 20;

/** What a chunk needs derived, in the order of its inputs; undefined where there is no shader for one of them. */
export function derivationsOf(chunk: Chunk, tuning: Tuning): readonly InputDerivation[] | undefined {
  const all: InputDerivation[] = [];
  for (const [input, { dtype, derive }] of chunk.inputs.entries()) {
    if (derive === undefined) continue;
    if (!tuning.derives) return undefined;
    const { encoding, first } = derive;
    if (!SHADER_DTYPES.has(dtype) || (encoding.kind !== 'scaled' && encoding.kind !== 'low_rank')) return undefined;
    if (encoding.kind === 'low_rank' && (encoding.experts ?? encoding.columnFactors) !== undefined) return undefined;
    // an octet lies in one row, and is counted in 32 bits
    const uneven = [encoding.columns, first, chunk.elements].some((count) => count % OCTET !== 0);
    if (uneven || encoding.columns === 0 || first + chunk.elements > 2 ** 32) return undefined;
    const one =
      encoding.kind === 'scaled'
        ? scaledDerivation(encoding, first)
        : lowRankDerivation(encoding, { first, elements: chunk.elements }, tuning);
    if (one === undefined) return undefined;
    all.push({ ...one, input, spec: { kernel: one.kernel, inputs: [dtype], outputs: ['F32'] } });
  }
  const held = all.reduce((sum, { constants }) => sum + constants.bytes, 0);
  return held <= MOST_CONSTANT_BYTES ? all : undefined;
}
