import type { Worker } from 'node:worker_threads';
import { messageOf, type SwizzleError } from '../../errors.ts';
import { lostError } from '../lost.ts';
import { fromErrorData } from './error-data.ts';
import type { Reply } from './protocol.ts';

/** What a waiting `ask` is told. */
interface Waiter {
  readonly resolve: (reply: Reply<unknown>) => void;
  readonly reject: (error: unknown) => void;
}

/** A worker thread and the requests that it is answering, in order. Once it is gone, every request fails as lost. */
export class ThreadLink {
  readonly worker: Worker;
  /** Kept: a thread that is gone has none. */
  readonly threadId: number;
  readonly #waiters: Waiter[] = [];
  #hasAnswered = false;
  #dead: SwizzleError | undefined;

  constructor(worker: Worker) {
    this.worker = worker;
    this.threadId = worker.threadId;
    worker.on('message', (reply: Reply<unknown>) => {
      this.#hasAnswered = true;
      this.#waiters.shift()?.resolve(reply);
    });
    worker.on('error', (cause) => this.fail(`a worker thread failed: ${messageOf(cause)}`, cause));
    worker.on('exit', (code) => this.fail(`a worker thread ended with code ${code}`));
    if (worker.threadId === -1) this.fail('a worker thread ended before it was used');
  }

  /** Why the thread is of no use any more. */
  get dead(): SwizzleError | undefined {
    return this.#dead;
  }

  /** Whether the thread has its modules. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** Whether a request waits for its answer. */
  get isBusy(): boolean {
    return this.#waiters.length > 0;
  }

  /** @throws what the thread answers with; SwizzleError 'device' marked as lost where it is gone */
  async ask<T>(request: unknown): Promise<T> {
    const reply = await new Promise<Reply<unknown>>((resolve, reject) => {
      if (this.#dead !== undefined) return reject(this.#dead);
      this.#waiters.push({ resolve, reject });
      this.worker.postMessage(request);
    });
    if ('error' in reply) throw fromErrorData(reply.error);
    return reply.value as T;
  }

  /** Counts the thread as lost: what waits for it, and whoever asks later, hears so. */
  fail(message: string, cause?: unknown): void {
    this.end(lostError(message, cause));
  }

  /** Ends the link: what waits, and whoever asks later, gets `error`. The first reason stays. */
  end(error: SwizzleError): void {
    this.#dead ??= error;
    for (const { reject } of this.#waiters.splice(0)) reject(this.#dead);
  }
}
