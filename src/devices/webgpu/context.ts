import { setTimeout as sleep } from 'node:timers/promises';
import { SwizzleError } from '../../errors.ts';
import { lostError } from '../lost.ts';
import { Pipelines } from './kernels/pipelines.ts';
import { PollBrake } from './poll-brake.ts';
import type { Tuning } from './tuning.ts';

/** A wait may fail a little before it is known that the device is lost. */
const LOSS_KNOWN_MS = 200;

/** What the lanes of one device share: the device, its pipelines, and the first thing that went wrong with it. */
export class DeviceContext {
  readonly device: GPUDevice;
  readonly pipelines: Pipelines;
  readonly tuning: Tuning;
  readonly #name: string;
  readonly #brake: PollBrake;
  #failure: SwizzleError | undefined;
  readonly #onError = (event: GPUUncapturedErrorEvent): void => {
    const message = `${this.#name}: ${event.error.message}`;
    this.#failure ??= new SwizzleError('device', message, { details: { device: this.#name } });
  };

  constructor(device: GPUDevice, name: string, tuning: Tuning) {
    this.device = device;
    this.tuning = tuning;
    this.#name = name;
    this.#brake = new PollBrake(tuning.pauseMs);
    this.pipelines = new Pipelines(device, tuning.workgroupSize);
    device.addEventListener('uncapturederror', this.#onError);
    void device.lost.then(({ reason, message }) => {
      const how = reason === 'destroyed' ? 'destroyed' : 'lost';
      this.#failure ??= lostError(`the WebGPU device ${name} was ${how}: ${message}`);
    });
  }

  /** Gives the device up. Dawn holds who listens, and who listens the device: without this neither is ever collected. */
  async close(): Promise<void> {
    this.device.removeEventListener('uncapturederror', this.#onError);
    this.device.destroy();
    await this.device.lost;
  }

  /** Ends everything on the device, as if it were lost. Mapped memory goes with it: whoever reads or writes that must check. */
  giveUp(why: string): void {
    this.#failure ??= lostError(why);
    this.device.destroy();
  }

  /** Throws SwizzleError 'device' once the device was lost or has refused a command. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * `work`, one wait for the GPU, whose rejection becomes SwizzleError 'device'. A lost device rejects every
   * wait, so nothing hangs.
   */
  async wait<T>(work: Promise<T>, doing: string): Promise<T> {
    try {
      const result = await this.#brake.during(work);
      this.check();
      return result;
    } catch (error) {
      this.check(); // why the device was lost says more than that the wait was
      await Promise.race([this.device.lost, sleep(LOSS_KNOWN_MS, undefined, { ref: false })]);
      this.check();
      if (error instanceof SwizzleError) throw error;
      throw new SwizzleError('device', `${this.#name}: ${doing} failed`, { cause: error });
    }
  }
}
