import { Worker } from 'node:worker_threads';

/**
 * Starts a thread that answers requests.
 * @param entry its module
 * @param heapMiB the most that its objects may take: a thread holds one chunk's description at a time
 */
export function startThread(entry: URL, heapMiB: number): Worker {
  const worker = new Worker(entry, {
    // what a process was started with (--input-type, --cpu-prof) may be nothing for a thread
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: heapMiB },
  });
  // Who takes the worker listens too; one that nobody took yet must not end the process.
  worker.on('error', () => undefined);
  return worker;
}

/**
 * Lets a thread go that was never used. It ends by itself when it has started: one that is ended while Node loads its modules leaves
 * their files open.
 */
export function dismissWorker(worker: Worker): void {
  worker.unref();
  worker.postMessage(null);
}

/** Asks a thread to end, and waits until it is gone. */
export async function dismissedWorker(worker: Worker): Promise<void> {
  const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.postMessage(null);
  await gone;
}
