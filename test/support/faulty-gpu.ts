import { Worker } from 'node:worker_threads';

/** Threads of a WebGPU device, one of which hangs. */
export interface FaultyGpu {
  readonly workers: readonly Worker[];
  readonly start: () => Worker;
  /** Lets the thread that hangs go on. */
  wake(): void;
}

/** @param hangAt the read, counted from 1 over all threads, in which one of them hangs; 0: none does */
export function faultyGpuThreads(hangAt: number): FaultyGpu {
  const words = new Int32Array(new SharedArrayBuffer(12));
  words[1] = hangAt;
  const workers: Worker[] = [];
  return {
    workers,
    start() {
      const worker = new Worker(new URL('./faulty-gpu-worker.js', import.meta.url), { workerData: words.buffer });
      worker.on('error', () => undefined);
      workers.push(worker);
      return worker;
    },
    wake() {
      Atomics.store(words, 2, 1);
      Atomics.notify(words, 2);
    },
  };
}
