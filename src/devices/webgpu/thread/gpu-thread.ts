import { readSync, writeSync } from 'node:fs';
import { SwizzleError } from '../../../errors.ts';
import type { ChunkReport } from '../../../plan/chunks/chunk.ts';
import type { FileCalls, RunRequest, WorkerFile } from '../../thread/protocol.ts';
import { DeviceContext } from '../context.ts';
import { openDevice } from '../open-device.ts';
import { tuningOf } from '../tuning.ts';
import { GpuLane } from './gpu-lane.ts';
import type { DeviceFacts, DeviceWish, LaneSetup } from './protocol.ts';

/** A device and what must be held for as long as it is used. */
interface Opened {
  /** Node dies when Dawn's instance is collected while its devices are in use; see openDawn. */
  readonly gpu: GPU;
  readonly context: DeviceContext;
}

/** What a thread owns: Dawn's instance, one device with its pipelines, and one lane after another. */
export class GpuThread {
  readonly #calls: FileCalls;
  #opened: Opened | undefined;
  #lane: GpuLane | undefined;

  /** @param calls how files are read and written; the system's, but in a test */
  constructor(calls: FileCalls = { read: readSync, write: writeSync }) {
    this.#calls = calls;
  }

  /** @throws SwizzleError 'device' when there is no such adapter or it gives no device */
  async open(wish: DeviceWish): Promise<DeviceFacts> {
    const { gpu, device, info } = await openDevice(wish.adapter);
    this.#opened = { gpu, context: new DeviceContext(device, info.name, wish.tuning ?? tuningOf(info.type)) };
    const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
    return { info, maxBufferBytes: maxBufferSize, maxBindingBytes: maxStorageBufferBindingSize };
  }

  /** Makes a lane. @throws SwizzleError 'device' when the device has no memory for it or is lost */
  async setup(setup: LaneSetup): Promise<void> {
    await this.release();
    if (this.#opened === undefined) throw new SwizzleError('internal', 'the thread has no device');
    const calls = guarded(this.#calls, setup.guard);
    const withCalls = (file: WorkerFile): WorkerFile => ({ ...file, calls });
    const [inputs, outputs] = [setup.inputs.map(withCalls), setup.outputs.map(withCalls)];
    this.#lane = await GpuLane.create(this.#opened.context, { ...setup, inputs, outputs });
  }

  run(request: RunRequest): Promise<ChunkReport> {
    if (this.#lane === undefined) throw new SwizzleError('internal', 'the thread has no lane');
    return this.#lane.run(request);
  }

  /** Frees inputs that the lane keeps. */
  forget(residents: readonly number[]): void {
    this.#lane?.forget(residents);
  }

  /** Frees the lane. */
  async release(): Promise<void> {
    const lane = this.#lane;
    this.#lane = undefined;
    await lane?.close();
  }

  /** Fails what waits for the device, as if that were lost. */
  giveUp(why: string): void {
    this.#opened?.context.giveUp(why);
  }

  /** Gives everything back, so that the thread can end. */
  async close(): Promise<void> {
    await this.release();
    await this.#opened?.context.close();
    this.#opened = undefined;
  }
}

/** A thread that was given up may come to itself when others have done its work, and its files' numbers are other files'. */
function guarded(calls: FileCalls, guard: SharedArrayBuffer): FileCalls {
  const word = new Int32Array(guard);
  const check = (): void => {
    if (Atomics.load(word, 0) !== 0) throw new SwizzleError('internal', 'the lane was given up');
  };
  return {
    read(...call): number {
      check();
      return calls.read(...call);
    },
    write(...call): number {
      check();
      return calls.write(...call);
    },
  };
}
