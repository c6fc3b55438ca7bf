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
  /** Who waits for a lane because there is no memory for one more. */
  readonly #waiting: (() => void)[] = [];
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
  }

  /**
   * Runs `work` when fewer pieces of work run than there are lanes.
   * @param priority the higher, the sooner
   */
  add<T>(work: () => Promise<T>, priority: number): Promise<T> {
    return this.#queue.add(work, { priority });
  }

  /**
   * Lends a lane, and its number from 0, to `work` for as long as that runs.
   * @throws what `work` throws; the loss of a lane only when it is one too many
   */
  async use<T>(work: (lane: Lane, number: number) => Promise<T>): Promise<T> {
    for (;;) {
      const pooled = await this.#take();
      try {
        const result = await work(pooled.lane, pooled.number);
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

  async #take(): Promise<PooledLane> {
    for (;;) {
      const pooled = this.#idle.pop();
      if (pooled !== undefined) return pooled;
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
    const lane = await this.device.createLane(shape, files);
    const pooled = { lane, losses, number: this.#made++ };
    this.#all.add(pooled);
    return pooled;
  }

  #giveBack(pooled: PooledLane): void {
    this.#idle.push(pooled);
    this.#waiting.shift()?.();
  }

  async #lost(pooled: PooledLane, error: SwizzleError): Promise<void> {
    try {
      this.#all.delete(pooled);
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
    await this.#queue.onIdle();
    await Promise.all([...this.#all].map(({ lane }) => lane[Symbol.asyncDispose]()));
  }
}
