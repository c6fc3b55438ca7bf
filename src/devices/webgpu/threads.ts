import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { HungThreads } from '../thread/hung-threads.ts';
import { startThread } from '../thread/start-thread.ts';
import { ThreadLink } from '../thread/thread-link.ts';
import type { DeviceFacts, DeviceWish, GpuRequest } from './thread/protocol.ts';

/** How long a thread may take to end before it counts as hung. */
const ENDING_MS = 3000;

/** The heap holds one chunk's description at a time; a heap that is full would end the thread in mid-call. */
const HEAP_MIB = 512;

/** A thread with a device of its own. */
export interface GpuThreadHandle {
  readonly link: ThreadLink;
  /** What it has opened. @throws SwizzleError 'device' */
  readonly opened: Promise<DeviceFacts>;
}

export function startGpuThread(): Worker {
  return startThread(new URL('./gpu-worker.js', import.meta.url), HEAP_MIB);
}

/** The threads of one device. They outlive lanes: opening a device takes longer than making a lane. */
export class GpuThreads implements AsyncDisposable {
  readonly #start: () => Worker;
  readonly #wish: DeviceWish;
  readonly #idle: GpuThreadHandle[] = [];
  readonly #all = new Set<GpuThreadHandle>();
  /** Told to end. */
  readonly #ending = new Map<Worker, Promise<void>>();
  readonly #hung = new HungThreads();

  constructor(start: () => Worker, wish: DeviceWish) {
    this.#start = start;
    this.#wish = wish;
  }

  /** Starts threads until so many wait for a lane. @returns when their devices are open, or have failed to open */
  async warm(count: number): Promise<void> {
    while (this.#idle.length < count) this.#idle.push(this.#open());
    await Promise.allSettled(this.#idle.map(({ opened }) => opened));
  }

  /** A thread that nobody uses. */
  take(): GpuThreadHandle {
    return this.#idle.pop() ?? this.#open();
  }

  /** Gives a thread back, for the next lane. */
  giveBack(thread: GpuThreadHandle): void {
    this.#idle.push(thread);
  }

  /**
   * Asks a thread to end. It is never ended by force: that would end the process.
   * @param why set where it hangs: then what it waits for fails first
   */
  end(thread: GpuThreadHandle, why?: string): void {
    const { worker } = thread.link;
    if (!this.#all.delete(thread)) return;
    const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    this.#ending.set(worker, gone);
    void gone.then(() => this.#ending.delete(worker));
    if (why !== undefined) worker.postMessage({ giveUp: why } satisfies GpuRequest);
    worker.postMessage(null);
  }

  /** Makes what every thread waits for fail, as if the adapter were lost. */
  lose(why: string): void {
    const request: GpuRequest = { giveUp: why };
    for (const { link } of this.#all) link.worker.postMessage(request);
  }

  /** Ends all threads and waits for them; those that hang are left behind. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const thread of this.#all) this.end(thread);
    const all = Promise.all(this.#ending.values());
    const patience = new AbortController();
    const late = sleep(ENDING_MS, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([all, late]);
    patience.abort();
    for (const worker of this.#ending.keys()) this.#hung.add(worker);
  }

  #open(): GpuThreadHandle {
    const link = new ThreadLink(this.#start());
    const opened = link.ask<DeviceFacts>({ open: this.#wish } satisfies GpuRequest);
    opened.catch(() => undefined); // whoever takes the thread throws it
    const thread = { link, opened };
    this.#all.add(thread);
    link.worker.once('exit', () => {
      this.#all.delete(thread);
      const at = this.#idle.indexOf(thread);
      if (at >= 0) this.#idle.splice(at, 1);
    });
    return thread;
  }
}
