import type { Device, Lane, LaneShape, OpenFiles } from '../../devices/device.ts';
import { isLost, isOutOfMemory, lostError } from '../../devices/lost.ts';
import { messageOf, type SwizzleError } from '../../errors.ts';

/** Lanes, or their device, that a run may lose before it gives up. */
export const MOST_LOSSES = 3;

/** A lane, and which making of the device it belongs to. */
interface PooledLane {
  readonly lane: Lane;
  readonly number: number;
  readonly making: number;
}

/**
 * Lanes of one device, made when first needed; the queue around them bounds their number. A lane that is lost is made again,
 * with its device where that is lost, and its work is done again: a chunk may run twice.
 */
export class LanePool implements AsyncDisposable {
  readonly device: Device;
  readonly #shape: LaneShape;
  readonly #files: OpenFiles;
  readonly #onRemark: ((text: string) => void) | undefined;
  readonly #idle: PooledLane[] = [];
  readonly #all = new Set<PooledLane>();
  /** Who waits for a lane because there is no memory for one more. */
  readonly #waiting: (() => void)[] = [];
  /** How often the device was made. */
  #making = 0;
  #renewing: Promise<void> | undefined;
  #losses = 0;
  #made = 0;

  constructor(device: Device, shape: LaneShape, files: OpenFiles, onRemark?: (text: string) => void) {
    this.device = device;
    this.#shape = shape;
    this.#files = files;
    this.#onRemark = onRemark;
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
        await this.#giveBack(pooled);
        return result;
      } catch (error) {
        if (!isLost(error)) {
          await this.#giveBack(pooled);
          throw error;
        }
        await this.#lost(pooled, error);
      }
    }
  }

  async #take(): Promise<PooledLane> {
    for (;;) {
      await this.#renewing;
      const pooled = this.#idle.pop();
      if (pooled !== undefined) return pooled;
      try {
        return await this.#create();
      } catch (error) {
        if (isLost(error)) await this.#lost(undefined, error);
        else if (!isOutOfMemory(error) || this.#all.size === 0) throw error;
        else await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    }
  }

  async #create(): Promise<PooledLane> {
    const making = this.#making;
    const lane = await this.device.createLane(this.#shape, this.#files);
    const pooled = { lane, making, number: this.#made++ };
    this.#all.add(pooled);
    return pooled;
  }

  async #giveBack(pooled: PooledLane): Promise<void> {
    // its device was made again meanwhile
    if (pooled.making === this.#making) this.#idle.push(pooled);
    else await this.#drop(pooled);
    this.#waiting.shift()?.();
  }

  /** Makes the device again where that is what was lost; many lanes may tell of it at once. */
  async #lost(pooled: PooledLane | undefined, error: SwizzleError): Promise<void> {
    const making = pooled?.making ?? this.#making;
    try {
      if (pooled !== undefined) await this.#drop(pooled);
      if (this.device.renew === undefined) this.#count(error);
      else if (making === this.#making)
        await (this.#renewing ??= this.#renew(error).finally(() => (this.#renewing = undefined)));
    } finally {
      // also where it is lost for good: who waits must hear of it
      this.#waiting.shift()?.();
    }
  }

  async #renew(error: SwizzleError): Promise<void> {
    this.#count(error);
    for (const pooled of this.#idle.splice(0)) await this.#drop(pooled);
    await this.device.renew?.().catch((cause: unknown) => {
      throw lostError(`${error.message}; it cannot be made again: ${messageOf(cause)}`, cause);
    });
    this.#making += 1;
  }

  #count(error: SwizzleError): void {
    this.#losses += 1;
    if (this.#losses > MOST_LOSSES) {
      const message = `${error.message}; it was lost ${this.#losses} times in this run`;
      throw lostError(message, error);
    }
    this.#onRemark?.(`${error.message}; it is made again, and its work is done again`);
  }

  async #drop(pooled: PooledLane): Promise<void> {
    this.#all.delete(pooled);
    await pooled.lane[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#all].map(({ lane }) => lane[Symbol.asyncDispose]()));
  }
}
