import type { LaneShape } from '../../device.ts';
import type { RunRequest, WorkerFiles } from '../../thread/protocol.ts';
import type { AdapterInfo } from '../adapter-info.ts';
import type { Tuning } from '../tuning.ts';

/** Which device a thread opens. */
export interface DeviceWish {
  /** An adapter's name as `listAdapters` gives it, or NULL_ADAPTER; undefined: the one that Dawn thinks fastest. */
  readonly adapter?: string | undefined;
  /** How kernels are cut; by default as the adapter's kind likes it. */
  readonly tuning?: Tuning | undefined;
}

/** What the main thread knows of a device that a thread has opened. */
export interface DeviceFacts {
  readonly info: AdapterInfo;
  readonly maxBufferBytes: number;
  readonly maxBindingBytes: number;
}

/** What a lane works on. */
export interface LaneSetup extends WorkerFiles {
  readonly shape: LaneShape;
  /** Set where checksums of what is written are reported. */
  readonly module: WebAssembly.Module | undefined;
  /** What the main thread fills with inputs that are no local files. */
  readonly staging: SharedArrayBuffer | undefined;
  /** One word: not 0 once the lane is given up; its thread must not touch a file any more. */
  readonly guard: SharedArrayBuffer;
}

/** What a thread is asked; every request has one reply, in order. `null` ends the thread. */
export type GpuRequest =
  | { readonly open: DeviceWish }
  | { readonly setup: LaneSetup }
  | { readonly run: RunRequest }
  | { readonly release: true }
  /** Without a reply: frees inputs that are kept in device memory. */
  | { readonly forget: readonly number[] }
  /** Out of turn and without a reply: whatever runs, now or later, fails as lost. */
  | { readonly giveUp: string };
