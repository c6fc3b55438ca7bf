import PQueue from 'p-queue';
import type { Device, Lane, LaneShape, OpenFiles } from '../../devices/device.ts';
import { isLost, isOutOfMemory, lostError } from '../../devices/lost.ts';
import type { SwizzleError } from '../../errors.ts';

/** Losses of lanes that a run bears before it gives a device up. */
export const MOST_LOSSES = 3;

/** A lane, and how many losses there were when it was made. */
interface PooledLane {
  readonly lane: Lane;
  readonly number: number;
  readonly losses: number;
  /** Who waits for this very lane: it has what they need in its memory. */
  readonly waiting: (() => void)[];
}

/** What a pool makes its lanes of. */
export interface PoolSettings {
  readonly shape: LaneShape;
  readonly files: OpenFiles;
  /** The most lanes at a time. */
  readonly lanes: number;
  readonly onRemark?: ((text: string) => void) | undefined;
}

/**
 * Lanes of one device, made when first needed, and the work that waits for them. A lane that is lost is made again, and its work is
 * done again: a chunk may run twice.
 */
export class LanePool implements AsyncDisposable {
  readonly device: Device;
  readonly #settings: PoolSettings;
  readonly #queue: PQueue;
  readonly #idle: PooledLane[] = [];
  readonly #all = new Set<PooledLane>();
  /** Who waits for any lane: there are as many as there may be, or there is no memory for one more. */
  readonly #waiting: (() => void)[] = [];
  /** The lanes that have inputs in their memory, by the inputs' numbers. */
  readonly #homes = new Map<number, PooledLane>();
  /** Work that waits for the lane that has its inputs. */
  readonly #homed = new Set<Promise<unknown>>();
  #opening = 0;
  #losses = 0;
  #lastLoss = '';
  #made = 0;

  constructor(device: Device, settings: PoolSettings) {
    this.device = device;
    this.#settings = settings;
    this.#queue = new PQueue({ concurrency: settings.lanes });
  }

  /** Waits until less work waits than there are lanes. */
  async room(): Promise<void> {
    await this.#queue.onSizeLessThan(this.#settings.lanes);
  }

  /** Waits until no work waits and none runs. */
  async idle(): Promise<void> {
    await this.#queue.onIdle();
    while (this.#homed.size > 0) {
      await Promise.allSettled(this.#homed);
      await this.#queue.onIdle();
    }
  }

  /** The number of the lane that has these inputs in its memory. */
  homeOf(resident: number | undefined): number | undefined {
    return resident === undefined ? undefined : this.#homes.get(resident)?.number;
  }

  /** Frees inputs that lanes keep. */
  forget(residents: readonly number[]): void {
    const byLane = new Map<PooledLane, number[]>();
    for (const resident of residents) {
      const home = this.#homes.get(resident);
      if (home === undefined) continue;
      this.#homes.delete(resident);
      byLane.set(home, [...(byLane.get(home) ?? []), resident]);
    }
    for (const [{ lane }, own] of byLane) lane.forget?.(own);
  }

  /**
   * Runs `work` when fewer pieces of work run than there are lanes.
   * @param priority the higher, the sooner
   */
  add<T>(work: () => Promise<T>, priority: number): Promise<T> {
    return this.#queue.add(work, { priority });
  }

  /** Runs `work`, which uses a lane that has its inputs: it waits for that lane alone. */
  async addAtHome<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    this.#homed.add(running);
    try {
      return await running;
    } finally {
      this.#homed.delete(running);
    }
  }

  /**
   * Lends a lane, and its number from 0, to `work` for as long as that runs.
   * @param resident the number of the work's inputs, where a lane keeps them: the work gets that lane
   * @throws what `work` throws; the loss of a lane only when it is one too many
   */
  async use<T>(work: (lane: Lane, number: number) => Promise<T>, resident?: number): Promise<T> {
    for (;;) {
      const pooled = await this.#take(resident);
      try {
        const result = await work(pooled.lane, pooled.number);
        if (resident !== undefined) this.#homes.set(resident, pooled);
        this.#giveBack(pooled);
        return result;
      } catch (error) {
        if (!isLost(error)) {
          this.#giveBack(pooled);
          throw error;
        }
        await this.#lost(pooled, error);
      }
    }
  }

  async #take(resident: number | undefined): Promise<PooledLane> {
    for (;;) {
      const home = resident === undefined ? undefined : this.#homes.get(resident);
      if (home !== undefined) {
        const at = this.#idle.indexOf(home);
        if (at >= 0) return this.#idle.splice(at, 1)[0] ?? home;
        await new Promise<void>((resolve) => home.waiting.push(resolve));
        continue;
      }
      const pooled = this.#idle.pop();
      if (pooled !== undefined) return pooled;
      if (this.#all.size + this.#opening >= this.#settings.lanes) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
        continue;
      }
      const losses = this.#losses;
      try {
        return await this.#create(losses);
      } catch (error) {
        if (isLost(error)) this.#count(losses, error);
        else if (!isOutOfMemory(error) || this.#all.size === 0) throw error;
        else await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    }
  }

  async #create(losses: number): Promise<PooledLane> {
    const { shape, files } = this.#settings;
    this.#opening += 1;
    try {
      const lane = await this.device.createLane(shape, files);
      const pooled = { lane, losses, number: this.#made++, waiting: [] };
      this.#all.add(pooled);
      return pooled;
    } catch (error) {
      // nobody gives a lane back where there is none: who waits for one must try to make it
      if (!isOutOfMemory(error) || this.#all.size === 0) this.#waiting.shift()?.();
      throw error;
    } finally {
      this.#opening -= 1;
    }
  }

  #giveBack(pooled: PooledLane): void {
    this.#idle.push(pooled);
    const next = pooled.waiting.shift() ?? this.#waiting.shift();
    next?.();
  }

  async #lost(pooled: PooledLane, error: SwizzleError): Promise<void> {
    try {
      this.#all.delete(pooled);
      for (const [resident, home] of this.#homes) if (home === pooled) this.#homes.delete(resident);
      for (const resolve of pooled.waiting.splice(0)) resolve();
      await pooled.lane[Symbol.asyncDispose]();
      this.#count(pooled.losses, error);
    } finally {
      // also where it is lost for good: who waits must hear of it
      this.#waiting.shift()?.();
    }
  }

  /**
   * Counts a loss. What many lanes tell of in the same words is one: a GPU that fails takes all of them with it.
   * @param losses how many there were when the lane was made
   * @throws it when it is one too many
   */
  #count(losses: number, error: SwizzleError): void {
    if (losses < this.#losses && error.message === this.#lastLoss) return;
    this.#losses += 1;
    this.#lastLoss = error.message;
    if (this.#losses > MOST_LOSSES) {
      const message = `${error.message}; it was lost ${this.#losses} times in this run`;
      throw lostError(message, error);
    }
    this.#settings.onRemark?.(`${error.message}; it is made again, and its work is done again`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.idle();
    await Promise.all([...this.#all].map(({ lane }) => lane[Symbol.asyncDispose]()));
  }
}
