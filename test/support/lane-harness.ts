import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLocalSource } from '../../src/models/checkpoint/files/local-source.ts';
import type { ByteSink, Device, Lane, OpenFiles } from '../../src/devices/device.ts';
import type { ByteSource } from '../../src/elements/byte-source.ts';
import { DTYPES, type Dtype } from '../../src/dtype.ts';
import type {
  Chunk,
  ChunkPart,
  ChunkReport,
  ChunkTensor,
  KernelName,
  OverflowMode,
} from '../../src/plan/chunks/chunk.ts';
import type { ByteRange } from '../../src/elements/byte-range.ts';
import type { Elementwise } from '../../src/plan/kernel/elementwise.ts';
import type { Statistic } from '../../src/plan/kernel/statistics.ts';
import { ResourceStack } from '../../src/resource-stack.ts';

/** A chunk whose bytes are at hand. */
export interface LaneCase {
  readonly kernel: KernelName;
  readonly elements: number;
  readonly inputs: readonly { readonly dtype: Dtype; readonly bytes: Uint8Array }[];
  readonly outputs: readonly {
    readonly dtype: Dtype;
    readonly weights: readonly number[];
    readonly elementwise?: Elementwise | undefined;
  }[];
  readonly onOverflow: OverflowMode;
  readonly tensors: readonly ChunkTensor[];
  /** In how many ranges each input is stored; they lie in reverse order, with gaps, at odd offsets. */
  readonly pieces: number;
  readonly statistic?: Statistic | undefined;
  readonly part?: ChunkPart | undefined;
}

export interface LaneResult {
  readonly report: ChunkReport;
  readonly outputs: readonly Uint8Array[];
}

const FILES = 3;
const FILLER = 0xa5;
const LANE_BYTES = 16 * 2 ** 20;

/** Files and two lanes of a device on them: one that sees descriptors, one whose sources are only read through `read`. */
export class LaneHarness implements AsyncDisposable {
  readonly device: Device;
  readonly #inputs: FileHandle[] = [];
  readonly #outputs: FileHandle[] = [];
  readonly #lanes: Lane[] = [];
  readonly #resources: ResourceStack = new ResourceStack();

  private constructor(device: Device) {
    this.device = this.#resources.use(device);
  }

  static async create(device: Device): Promise<LaneHarness> {
    const harness = new LaneHarness(device);
    const folder = await mkdtemp(join(tmpdir(), 'swizzle-lane-'));
    harness.#resources.use({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) });
    const sources: ByteSource[] = [];
    const sinks: ByteSink[] = [];
    for (let i = 0; i < FILES; i++) {
      const input = harness.#resources.use(await open(join(folder, `in-${i}`), 'w+'));
      harness.#inputs.push(input);
      sources.push(harness.#resources.use(await openLocalSource(join(folder, `in-${i}`))));
      const output = harness.#resources.use(await open(join(folder, `out-${i}`), 'w+'));
      harness.#outputs.push(output);
      sinks.push(sinkOf(`out-${i}`, output));
    }
    const remote = sources.map((source): ByteSource => {
      return { label: source.label, fd: undefined, read: (...rest) => source.read(...rest) };
    });
    const mixed: OpenFiles = { inputs: [...remote.slice(1), ...sources.slice(0, 1)], outputs: sinks };
    for (const files of [{ inputs: sources, outputs: sinks }, mixed]) {
      const lane = await device.createLane({ inputBytes: LANE_BYTES, outputBytes: LANE_BYTES }, files);
      harness.#lanes.push(harness.#resources.use(lane));
    }
    return harness;
  }

  /** Runs `one` on the lane with descriptors, or on the one whose sources mostly have none. */
  async run(one: LaneCase, lane: 'files' | 'sources' = 'files'): Promise<LaneResult> {
    const chunk = await this.#store(one, lane === 'files' ? 0 : 1);
    const report = await this.#lanes[lane === 'files' ? 0 : 1]?.run(chunk);
    if (report === undefined) throw new Error('no lane');
    return {
      report,
      outputs: await Promise.all(chunk.outputs.map((output, k) => this.#load(output, k, one.elements))),
    };
  }

  /** Writes the inputs; numbers files as the lane does, whose file `i` is input file `i + shift`. */
  async #store(one: LaneCase, shift: number): Promise<Chunk> {
    const ends = this.#inputs.map((_, i) => 1 + 2 * i);
    const inputs: Chunk['inputs'][number][] = [];
    for (const [i, { dtype, bytes }] of one.inputs.entries()) {
      const ranges: ByteRange[] = [];
      const size = DTYPES[dtype].bytes;
      const cuts = Array.from({ length: one.pieces + 1 }, (_, p) => Math.floor((one.elements * p) / one.pieces) * size);
      for (let p = one.pieces - 1; p >= 0; p--) {
        const [from, to] = [cuts[p] ?? 0, cuts[p + 1] ?? 0];
        const file = (i + p) % FILES;
        const begin = ends[file] ?? 0;
        await this.#inputs[file]?.write(bytes, from, to - from, begin);
        ends[file] = begin + to - from + 3;
        ranges.unshift({ file: (file + FILES - shift) % FILES, begin, end: begin + to - from });
      }
      inputs.push({ dtype, ranges: ranges.filter((range) => range.end > range.begin) });
    }
    const outputs: Chunk['outputs'][number][] = [];
    for (const [k, { dtype, weights, elementwise }] of one.outputs.entries()) {
      const length = one.elements * DTYPES[dtype].bytes + 32;
      if (k >= FILES) throw new Error(`at most ${FILES} outputs`);
      await this.#outputs[k]?.truncate(0);
      await this.#outputs[k]?.write(Buffer.alloc(length, FILLER), 0, length, 0);
      outputs.push({ dtype, file: k, begin: 7, weights, elementwise });
    }
    const { kernel, elements, onOverflow, tensors, statistic, part } = one;
    return { kernel, elements, inputs, outputs, onOverflow, tensors, statistic, part };
  }

  /** An output's bytes. Throws when a byte beside them was touched. */
  async #load({ dtype, begin }: Chunk['outputs'][number], k: number, elements: number): Promise<Uint8Array> {
    const length = elements * DTYPES[dtype].bytes;
    const all = Buffer.alloc(length + 32);
    await this.#outputs[k]?.read(all, 0, all.length, 0);
    const beside = [...all.subarray(0, begin), ...all.subarray(begin + length)];
    if (beside.some((byte) => byte !== FILLER)) throw new Error(`bytes beside output ${k} were written`);
    return all.subarray(begin, begin + length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources[Symbol.asyncDispose]();
  }
}

function sinkOf(label: string, file: FileHandle): ByteSink {
  return {
    label,
    fd: file.fd,
    write: async (source, position) => void (await file.write(source, 0, source.byteLength, position)),
  };
}
