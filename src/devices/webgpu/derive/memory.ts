import { rangeBytes } from '../../../elements/byte-range.ts';
import type { WholeOperand } from '../../../plan/derived-operand.ts';
import { settleAll } from '../../../settle-all.ts';
import { padded } from '../../device.ts';
import type { RunRequest, WorkerFile } from '../../thread/protocol.ts';
import type { DeviceContext } from '../context.ts';
import type { ChunkLayout } from '../layout.ts';
import { OCTET } from '../kernels/spec.ts';
import { readWhole } from '../thread/transfer.ts';
import { workgroupsFor } from '../tuning.ts';
import type { InputDerivation } from './derivation.ts';

const STORAGE_AND_COPY_DST = 0x88;
const LEAST_BYTES = 65_536;
const PARAMETER_BYTES = 256;

/** A derivation that is ready: its dispatch, and what is copied to its source before. */
export interface DeriveStep {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly workgroups: number;
  readonly copy?: { readonly from: number; readonly to: GPUBuffer; readonly at: number; readonly bytes: number };
}

/** Bytes of a lane's source buffer. */
interface Places {
  readonly constants: readonly number[];
  readonly stored: readonly number[];
  readonly end: number;
}

/**
 * What a lane's operands are derived from, on the GPU: adapters and scales, which stay for all chunks of a tensor, and stored
 * elements. Made with the first of them, and made larger where one needs it.
 */
export class DeriveMemory {
  readonly #context: DeviceContext;
  readonly #counters: GPUBuffer;
  #source: GPUBuffer | undefined;
  /** One a derivation: all of a chunk's are written before the first runs. */
  readonly #params: GPUBuffer[] = [];
  /** Of which tensors the constants are there: where those are stored. */
  #resident: readonly string[] = [];

  /** @param counters bound, but not used */
  constructor(context: DeviceContext, counters: GPUBuffer) {
    this.#context = context;
    this.#counters = counters;
  }

  /**
   * Reads what the derivations need in addition to the chunk's own ranges. The lane's previous chunk must be finished.
   * @param inputs where derived operands are written
   */
  async load(
    derivations: readonly InputDerivation[],
    { chunk, auxiliary }: RunRequest,
    layout: ChunkLayout,
    files: readonly WorkerFile[],
    inputs: GPUBuffer,
  ): Promise<DeriveStep[]> {
    if (derivations.length === 0) return [];
    const places = placesOf(derivations, layout);
    const source = this.#hold(places.end);
    const { device, pipelines } = this.#context;
    const put = (at: number, data: ArrayBufferView<ArrayBuffer>): void => device.queue.writeBuffer(source, at, data);
    const wanted = derivations.map(({ kernel, constants }) => JSON.stringify([kernel, constants.operands]));
    const isResident = wanted.every((key, j) => key === this.#resident[j]);
    if (!isResident) this.#resident = [];
    for (const [j, { constants, rows, input }] of derivations.entries()) {
      // the main thread has read what is not in local files; in the order of `wholeOperands`
      const read = (operand: WholeOperand, at: number): Uint8Array<ArrayBuffer> => {
        const sent = auxiliary[input]?.[at];
        return sent === undefined ? readWhole(operand, files) : new Uint8Array(sent);
      };
      if (!isResident) put(places.constants[j] ?? 0, constants.pack(constants.operands.map(read)));
      if (rows !== undefined) put(places.stored[j] ?? 0, read(rows, constants.operands.length));
    }
    this.#resident = wanted;
    return await settleAll(
      derivations.map(async (derivation, j): Promise<DeriveStep> => {
        const octets = derivation.octets ?? chunk.elements / OCTET;
        const [constants = 0, stored = 0] = [places.constants[j], places.stored[j]];
        const target = layout.inputs[derivation.input]?.offset ?? 0;
        const upload = layout.uploads[derivation.input] ?? { offset: 0, bytes: 0 };
        const params = this.#parameters(j);
        const told = derivation.settings(constants / 16);
        device.queue.writeBuffer(params, 0, Uint32Array.of(octets, 0, 0, 0, stored / 16, target / 16, ...told));
        return {
          pipeline: await pipelines.get(derivation.spec),
          group: this.#bind(params, source, inputs),
          workgroups: derivation.workgroups ?? workgroupsFor(this.#context.tuning, octets),
          ...(derivation.rows === undefined && {
            copy: { from: upload.offset, to: source, at: stored, bytes: padded(upload.bytes) },
          }),
        };
      }),
    );
  }

  destroy(): void {
    this.#source?.destroy();
    for (const buffer of this.#params) buffer.destroy();
  }

  #hold(bytes: number): GPUBuffer {
    if (this.#source !== undefined && this.#source.size >= bytes) return this.#source;
    this.#source?.destroy();
    this.#resident = [];
    const size = Math.max(LEAST_BYTES, 2 ** Math.ceil(Math.log2(bytes)));
    this.#source = this.#context.device.createBuffer({ label: 'derived from', size, usage: STORAGE_AND_COPY_DST });
    return this.#source;
  }

  #parameters(index: number): GPUBuffer {
    const { device } = this.#context;
    const create = (): GPUBuffer => device.createBuffer({ size: PARAMETER_BYTES, usage: STORAGE_AND_COPY_DST });
    return (this.#params[index] ??= create());
  }

  #bind(params: GPUBuffer, source: GPUBuffer, inputs: GPUBuffer): GPUBindGroup {
    return this.#context.device.createBindGroup({
      layout: this.#context.pipelines.bindGroupLayout,
      entries: [params, source, inputs, this.#counters].map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
  }
}

/** Constants first, where they stay from chunk to chunk. */
function placesOf(derivations: readonly InputDerivation[], layout: ChunkLayout): Places {
  let end = 0;
  const take = (bytes: number): number => {
    const at = end;
    end += padded(bytes);
    return at;
  };
  const constants = derivations.map((one) => take(one.constants.bytes));
  const stored = derivations.map(({ rows, input }) => {
    return take(rows === undefined ? (layout.uploads[input]?.bytes ?? 0) : rangeBytes(rows.ranges));
  });
  return { constants, stored, end };
}
