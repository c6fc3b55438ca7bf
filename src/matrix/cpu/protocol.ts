import type { ErrorData } from '../../devices/thread/error-data.ts';
import type { Windows } from '../device.ts';
import type { Phase } from '../ops.ts';

/** The first message that a forward worker gets. */
export interface ForwardSetup {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Address of the control area, and of this thread's scratch. */
  readonly control: number;
  readonly scratch: number;
  readonly windows: Windows;
  readonly threads: number;
  readonly own: number;
}

export interface ForwardRequest {
  readonly phases: readonly Phase[];
  /** Whether this thread is the only one that got them. */
  readonly alone: boolean;
}

export type ForwardReply = { readonly done: true } | { readonly error: ErrorData };
