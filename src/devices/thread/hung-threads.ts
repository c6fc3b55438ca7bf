import type { Worker } from 'node:worker_threads';

/** Node 22.15 and later. */
type Execve = (file: string, args: readonly string[], env?: NodeJS.ProcessEnv) => never;

/**
 * Threads that were asked to end and have not: they hang in a driver. Node waits for its threads before it ends, and one that is ended
 * by force in the middle of a driver's call takes the process with it. So a process that has such threads ends without waiting.
 */
export class HungThreads {
  readonly #threads = new Set<Worker>();
  readonly #leave = (code: number): void => leaveAtOnce(code);

  add(worker: Worker): void {
    this.#threads.add(worker);
    if (this.#threads.size === 1) process.once('exit', this.#leave);
    worker.unref();
    worker.once('exit', () => {
      this.#threads.delete(worker);
      if (this.#threads.size === 0) process.off('exit', this.#leave);
    });
  }
}

function leaveAtOnce(code: number): never {
  const { execve } = process as { execve?: Execve };
  // another program in this process's place has none of its threads, and ends with the code that this one wants to end with
  if (execve !== undefined && process.platform !== 'win32') execve('/bin/sh', ['sh', '-c', `exit ${code}`]);
  // older Nodes have no way to end but a signal that nobody can wait for
  process.kill(process.pid, 'SIGKILL');
  throw new Error('unreachable');
}
