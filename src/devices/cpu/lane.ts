import type { Worker } from 'node:worker_threads';
import { messageOf, SwizzleError } from '../../errors.ts';
import { settleAll } from '../../settle-all.ts';
import type { Chunk, ChunkInput, ChunkReport } from '../../plan/chunks/chunk.ts';
import type { ByteRange } from '../../elements/byte-range.ts';
import { rangeBytes } from '../../elements/byte-range.ts';
import { type WholeOperand, wholeOperands } from '../../plan/derived-operand.ts';
import { lostError } from '../lost.ts';
import { WriteTurns } from '../write-turns.ts';
import { type Lane, type LaneShape, type OpenFiles, padded } from '../device.ts';
import { fromErrorData } from './error-data.ts';
import { WORK_BYTES } from './memory/memory-layout.ts';
import { dismissedWorker } from './start-worker.ts';
import type { RunReply, RunRequest, WorkerSetup } from './protocol.ts';

const PAGE_BYTES = 65536;

/** Pages, 1 GiB: only addresses are taken until they are used. */
const MOST_GROWTH = 16384;

/** What a waiting `run` is told. */
interface Waiter {
  readonly resolve: (reply: RunReply) => void;
  readonly reject: (error: unknown) => void;
}

/** A worker thread with memory of its own. It reads local files itself; others are read into its memory here. */
export class CpuLane implements Lane {
  readonly #files: OpenFiles;
  readonly #memory: WebAssembly.Memory;
  readonly #worker: Worker;
  /** Kept: a thread that is gone has none. */
  readonly #threadId: number;
  readonly #onDispose: () => void;
  #waiter: Waiter | undefined;
  #busy = false;
  /** Whether the worker has its modules: it has answered. */
  #isLoaded = false;
  /** Why the worker is gone. */
  #dead: SwizzleError | undefined;

  constructor(worker: Worker, module: WebAssembly.Module, shape: LaneShape, files: OpenFiles, onDispose: () => void) {
    this.#worker = worker;
    this.#threadId = worker.threadId;
    this.#files = files;
    this.#onDispose = onDispose;
    const staging = files.inputs.some(({ fd }) => fd === undefined) ? shape.inputBytes + PAGE_BYTES : 0;
    const pages = Math.ceil((WORK_BYTES + staging) / PAGE_BYTES);
    // grows where derivations need whole matrices beside their operands
    this.#memory = new WebAssembly.Memory({ initial: pages, maximum: pages + MOST_GROWTH, shared: true });
    const setup: WorkerSetup = {
      module,
      memory: this.#memory,
      inputs: files.inputs.map(({ label, fd }) => ({ label, fd })),
      outputs: files.outputs.map(({ label, fd, turns }) => ({ label, fd, turns })),
      sums: files.summer !== undefined,
    };
    worker.on('message', (reply: RunReply) => {
      this.#isLoaded = true;
      this.#waiter?.resolve(reply);
    });
    worker.on('error', (cause) => this.#fail(`a worker thread failed: ${messageOf(cause)}`, cause));
    worker.on('exit', (code) => this.#fail(`a worker thread ended with code ${code}`));
    if (worker.threadId === -1) this.#fail('a worker thread ended before it was used');
    worker.postMessage(setup);
  }

  async run(chunk: Chunk, signal?: AbortSignal): Promise<ChunkReport> {
    signal?.throwIfAborted();
    if (this.#dead !== undefined) throw this.#dead;
    if (this.#busy) throw new SwizzleError('internal', 'a lane runs one chunk at a time');
    this.#busy = true;
    try {
      const started = performance.now();
      const staged = await this.#stage(chunk.inputs, signal);
      const auxiliary: (Uint8Array | undefined)[][] = [];
      for (const { derive } of chunk.inputs) {
        const own: (Uint8Array | undefined)[] = [];
        for (const whole of wholeOperands(derive, chunk.elements)) {
          own.push(this.#areReadByWorker(whole.ranges) ? undefined : await this.#readWhole(whole, signal));
        }
        auxiliary.push(own);
      }
      const stagedMs = performance.now() - started;
      signal?.throwIfAborted();
      const reply = await this.#ask({ chunk, staged, auxiliary });
      if ('error' in reply) throw fromErrorData(reply.error);
      return { ...reply.report, readMs: reply.report.readMs + stagedMs };
    } finally {
      this.#busy = false;
    }
  }

  giveUp(why: string): void {
    this.#fail(why);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const mayLoad = this.#dead === undefined && !this.#isLoaded && !this.#busy;
    this.#dead ??= new SwizzleError('internal', 'the lane is disposed of');
    if (mayLoad) await dismissedWorker(this.#worker);
    else await this.#worker.terminate();
    this.#releaseTurns();
    this.#onDispose();
  }

  #ask(request: RunRequest): Promise<RunReply> {
    return new Promise<RunReply>((resolve, reject) => {
      if (this.#dead !== undefined) return reject(this.#dead);
      this.#waiter = { resolve, reject };
      this.#worker.postMessage(request);
    });
  }

  #fail(message: string, cause?: unknown): void {
    this.#dead ??= lostError(message, cause);
    this.#releaseTurns();
    this.#waiter?.reject(this.#dead);
  }

  /** A thread that died while it wrote must not keep the others from it. */
  #releaseTurns(): void {
    for (const { turns } of this.#files.outputs) if (turns !== undefined) new WriteTurns(turns).release(this.#threadId);
  }

  /** Reads inputs that are not local files into the memory; returns their addresses. */
  async #stage(inputs: readonly ChunkInput[], signal?: AbortSignal): Promise<(number | undefined)[]> {
    const reads: Promise<void>[] = [];
    let next = WORK_BYTES;
    const staged = inputs.map((input) => {
      if (this.#areReadByWorker(input.ranges)) return undefined;
      const address = next;
      next += padded(rangeBytes(input.ranges));
      reads.push(this.#readRanges(input, address, signal));
      return address;
    });
    // All must be over before the memory is used again or an error is thrown.
    await settleAll(reads);
    return staged;
  }

  #areReadByWorker(ranges: readonly ByteRange[]): boolean {
    return ranges.every(({ file }) => this.#files.inputs[file]?.fd !== undefined);
  }

  /** What a derivation needs beside its operand. Small: it goes to the worker by message. */
  async #readWhole({ ranges }: WholeOperand, signal?: AbortSignal): Promise<Uint8Array> {
    const bytes = new Uint8Array(rangeBytes(ranges));
    let at = 0;
    for (const { file, begin, end } of ranges) {
      const length = end - begin;
      await this.#files.inputs[file]?.read(bytes.subarray(at, at + length), begin, signal);
      at += length;
    }
    return bytes;
  }

  async #readRanges({ ranges }: ChunkInput, address: number, signal?: AbortSignal): Promise<void> {
    let at = address;
    for (const { file, begin, end } of ranges) {
      const length = end - begin;
      signal?.throwIfAborted();
      await this.#files.inputs[file]?.read(new Uint8Array(this.#memory.buffer, at, length), begin, signal);
      at += length;
    }
  }
}
