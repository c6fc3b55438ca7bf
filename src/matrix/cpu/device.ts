import { fileURLToPath } from 'node:url';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { messageOf, SwizzleError } from '../../errors.ts';
import { packageFile } from '../../package.ts';
import type { ForwardDevice, ForwardMemory } from '../device.ts';
import { CpuMemory } from './memory.ts';
import { hasRelaxedSimd } from './relaxed.ts';

/** WebAssembly's addresses have 32 bits; the last page stays free. */
const LIMIT = 2 ** 32 - 2 ** 16;

/** How forward passes are computed on the CPU; neither changes a result. */
export interface CpuForwardOptions {
  /** Undefined: one a core. */
  readonly threads?: number | undefined;
  /** Multiplications below which a stage is left to one thread. */
  readonly aloneBelow?: number | undefined;
}

/** A few milliseconds' work, in which other threads would hardly have begun. */
const ALONE_BELOW = 1e8;

/** Runs forward passes on worker threads that share one memory. */
export function createCpuForward(options: CpuForwardOptions = {}): ForwardDevice {
  const { threads = availableParallelism(), aloneBelow = ALONE_BELOW } = options;
  const workers: Worker[] = [];
  let module: Promise<WebAssembly.Module> | undefined;
  const start = (): void => {
    while (workers.length < threads) workers.push(startForwardWorker());
  };
  start();
  return {
    kind: 'cpu',
    name: `cpu (${threads} ${threads === 1 ? 'thread' : 'threads'})`,
    // what the threads need besides is only known when a memory is made
    limits: { device: 'the cpu device', memory: LIMIT, operand: LIMIT, supports: () => true },
    parallel: threads,
    async allocate(needs): Promise<ForwardMemory> {
      module ??= compileKernels();
      start();
      const compiled = await module;
      const giveBack = (idle: readonly Worker[]): void => void workers.push(...idle);
      return CpuMemory.make(
        { module: compiled, workers: workers.splice(0), limit: LIMIT, aloneBelow, giveBack },
        needs,
      );
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
    },
  };
}

function startForwardWorker(): Worker {
  const worker = new Worker(new URL('./matrix-worker.js', import.meta.url), {
    // what a process was started with may be nothing for a thread
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 },
  });
  // Who takes the worker listens too; one that nobody took yet must not end the process.
  worker.on('error', () => undefined);
  return worker;
}

async function compileKernels(): Promise<WebAssembly.Module> {
  const file = packageFile(`dist/matrix/cpu/matrix${hasRelaxedSimd() ? '-relaxed' : ''}.wasm`);
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new SwizzleError('device', `${fileURLToPath(file)}: ${messageOf(cause)}; is the package built?`, { cause });
  });
  return WebAssembly.compile(bytes);
}
