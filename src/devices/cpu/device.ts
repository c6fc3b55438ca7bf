import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { SwizzleError } from '../../errors.ts';
import type { Device, Lane, LaneHabit, LaneShape, OpenFiles } from '../device.ts';
import { compileKernels } from './compile-kernels.ts';
import { dismissWorker, startThread } from '../thread/start-thread.ts';
import { createCpuLane } from './lane.ts';

/** Memory of a lane is addressed by 32 bits, and only inputs that are not local files take room there. */
const LIMITS: LaneShape = { inputBytes: 2 ** 30, outputBytes: 2 ** 30 };

const MIB = 2 ** 20;

/** What the process grows by with a worker thread, its heap and its memory: 64 of them took 579 MB. */
const OWN_BYTES = 9 * MIB;

/** A small heap keeps the process small. */
const HEAP_MIB = 64;

/**
 * Computes on worker threads, one a lane: the reference for every other device, bit for bit.
 * @param start starts a thread that calls `serveLane`
 */
export function createCpuDevice(start: () => Worker = startCpuThread): Device {
  return new CpuDevice(start);
}

function startCpuThread(): Worker {
  return startThread(new URL('./worker.js', import.meta.url), HEAP_MIB);
}

class CpuDevice implements Device {
  readonly kind = 'cpu';
  readonly limits: LaneShape = LIMITS;
  readonly habit: LaneHabit = {
    lanes: availableParallelism(),
    chunkBytes: 32 * MIB,
    laneBytes: 96 * MIB,
    ownBytes: OWN_BYTES,
  };
  readonly #lanes: Set<Lane> = new Set();
  /** Started, and in no lane yet. */
  readonly #waiting: Worker[] = [];
  #module: Promise<WebAssembly.Module> | undefined;
  readonly #start: () => Worker;

  constructor(start: () => Worker) {
    this.#start = start;
  }

  get name(): string {
    const { size } = this.#lanes;
    return size === 0 ? 'cpu' : `cpu (${size} ${size === 1 ? 'worker' : 'workers'})`;
  }

  supports(): boolean {
    return true;
  }

  warm(lanes: number): Promise<void> {
    while (this.#waiting.length < lanes) this.#waiting.push(this.#start());
    this.#compiled().catch(() => undefined); // createLane throws it
    return Promise.resolve();
  }

  #compiled(): Promise<WebAssembly.Module> {
    return (this.#module ??= compileKernels());
  }

  async createLane(shape: LaneShape, files: OpenFiles): Promise<Lane> {
    if (shape.inputBytes > LIMITS.inputBytes) {
      throw new SwizzleError('device', `a lane of the cpu device holds ${LIMITS.inputBytes} bytes of input at most`);
    }
    const module = await this.#compiled();
    const worker = this.#waiting.pop() ?? this.#start();
    const lane = createCpuLane(worker, module, shape, files, () => this.#lanes.delete(lane));
    this.#lanes.add(lane);
    return lane;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const worker of this.#waiting.splice(0)) dismissWorker(worker);
    await Promise.all([...this.#lanes].map((lane) => lane[Symbol.asyncDispose]()));
  }
}
