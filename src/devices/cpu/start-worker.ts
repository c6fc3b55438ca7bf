import { Worker } from 'node:worker_threads';

/** Starts a thread that waits for its WorkerSetup, then for requests. */
export function startWorker(): Worker {
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    // what a process was started with (--input-type, --cpu-prof) may be nothing for a thread
    execArgv: [],
    // The heap holds one chunk's description at a time: small limits keep the process small.
    resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 },
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

/** The same, waited for: until the thread is gone. */
export async function dismissedWorker(worker: Worker): Promise<void> {
  const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  worker.postMessage(null);
  await gone;
}
