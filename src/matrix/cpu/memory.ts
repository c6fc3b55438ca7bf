import type { Worker } from 'node:worker_threads';
import { fromErrorData } from '../../devices/thread/error-data.ts';
import { messageOf, SwizzleError } from '../../errors.ts';
import { settleAll } from '../../settle-all.ts';
import type { ForwardMemory, LoadRange, MemoryNeeds, Windows } from '../device.ts';
import { tooLarge } from '../too-large.ts';
import type { Op, Phase } from '../ops.ts';
import { scratchBytes } from './kernels.ts';
import type { ForwardReply, ForwardRequest, ForwardSetup } from './protocol.ts';
import { CONTROL_BYTES, resetTeam } from './team.ts';

const PAGE_BYTES = 65536;

/** Reads in work at once: the next file range is asked for while one is copied. */
const READS = 4;

/** What a memory computes with. */
export interface Threads {
  readonly module: WebAssembly.Module;
  readonly workers: readonly Worker[];
  /** Most bytes of a memory. */
  readonly limit: number;
  /** Multiplications below which a stage is left to one thread. */
  readonly aloneBelow: number;
  /** Takes the workers when the memory is not needed any more. */
  giveBack(workers: readonly Worker[]): void;
}

/** Memory that all threads share. Behind the run's own bytes lie the control area and each thread's scratch. */
export class CpuMemory implements ForwardMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #workers: readonly Worker[];
  readonly #control: number;
  readonly #aloneBelow: number;
  readonly #giveBack: Threads['giveBack'];
  #pending: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined;
  #open = 0;
  /** Why no more ops can be run. */
  #dead: unknown;

  /** @throws SwizzleError 'space' when addresses of 32 bits do not reach */
  static make(threads: Threads, { bytes, longest, headSize, windows }: MemoryNeeds): CpuMemory {
    const { workers, limit } = threads;
    const scratch = Math.ceil(scratchBytes(longest, headSize) / 256) * 256;
    const control = Math.ceil(bytes / 256) * 256;
    const total = control + CONTROL_BYTES + workers.length * scratch;
    if (total > limit) {
      throw new SwizzleError('space', tooLarge('the cpu device', total, limit));
    }
    const pages = Math.ceil(total / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    return new CpuMemory(threads, memory, windows, control, scratch);
  }

  private constructor(
    { module, workers, aloneBelow, giveBack }: Threads,
    memory: WebAssembly.Memory,
    windows: Windows,
    control: number,
    scratch: number,
  ) {
    this.#memory = memory;
    this.#workers = workers;
    this.#control = control;
    this.#aloneBelow = aloneBelow;
    this.#giveBack = giveBack;
    resetTeam(memory.buffer, control);
    for (const [own, worker] of workers.entries()) {
      worker.on('message', this.#take).on('error', this.#onError).on('exit', this.#onExit);
      const begin = control + CONTROL_BYTES + own * scratch;
      const setup: ForwardSetup = { module, memory, control, scratch: begin, windows, threads: workers.length, own };
      worker.postMessage(setup);
    }
  }

  async load(ranges: readonly LoadRange[], signal?: AbortSignal): Promise<void> {
    const { buffer } = this.#memory;
    let next = 0;
    const readOn = async (): Promise<void> => {
      for (let range = ranges[next++]; range !== undefined; range = ranges[next++]) {
        signal?.throwIfAborted();
        await range.file.read(new Uint8Array(buffer, range.address, range.end - range.begin), range.begin, signal);
      }
    };
    // all must be over before an error is thrown: they write into the memory
    await settleAll(Array.from({ length: READS }, readOn));
  }

  async write(address: number, bytes: Uint8Array): Promise<void> {
    new Uint8Array(this.#memory.buffer, address, bytes.byteLength).set(bytes);
  }

  async read(address: number, length: number): Promise<Uint8Array> {
    return new Uint8Array(this.#memory.buffer, address, length).slice();
  }

  async run(phases: readonly Phase[], signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#dead !== undefined) throw this.#dead;
    if (this.#pending !== undefined) throw new SwizzleError('internal', 'a memory runs one list of phases at a time');
    resetTeam(this.#memory.buffer, this.#control);
    const abort = (): void => this.#pending?.reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        this.#pending = { resolve, reject };
        const alone = workOf(phases) < this.#aloneBelow;
        const workers = alone ? this.#workers.slice(0, 1) : this.#workers;
        this.#open = workers.length;
        const request: ForwardRequest = { phases, alone };
        for (const worker of workers) worker.postMessage(request);
      });
    } catch (error) {
      // threads may still be in the phases
      this.#dead ??= error;
      throw error;
    } finally {
      this.#pending = undefined;
      signal?.removeEventListener('abort', abort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const isIdle = this.#dead === undefined;
    this.#dead ??= new SwizzleError('internal', 'the memory is disposed of');
    for (const worker of this.#workers) {
      worker.off('message', this.#take).off('error', this.#onError).off('exit', this.#onExit);
    }
    if (isIdle) this.#giveBack(this.#workers);
    else await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  readonly #take = (reply: ForwardReply): void => {
    if ('error' in reply) this.#pending?.reject(fromErrorData(reply.error));
    else if (--this.#open === 0) this.#pending?.resolve();
  };

  readonly #onError = (cause: unknown): void => this.#fail(`a worker thread failed: ${messageOf(cause)}`, cause);

  readonly #onExit = (code: number): void => this.#fail(`a worker thread ended with code ${code}`);

  #fail(message: string, cause?: unknown): void {
    this.#dead ??= new SwizzleError('device', message, { cause });
    this.#pending?.reject(this.#dead);
  }
}

/** Multiplications of all matrix products. */
function workOf(phases: readonly Phase[]): number {
  const ops = phases.flatMap((phase) => (phase.kind === 'apart' ? phase.tasks.flat() : phase.ops));
  return ops.reduce((sum, op) => sum + multiplications(op), 0);
}

function multiplications(op: Op): number {
  if (op.op === 'matmul') return op.rows * op.depth * op.columns;
  if (op.op !== 'wide') return 0;
  if (op.do === 'product') return op.rows * op.depth * op.columns;
  if (op.do === 'reflect') return op.z.size ** 3;
  if (op.do === 'rotate') return op.z.size * op.vectors.most;
  return op.do === 'reflected' || op.do === 'updated' ? (op.a.size - op.column) ** 2 : 0;
}
