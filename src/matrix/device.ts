import type { FloatDtype } from '../dtype.ts';
import type { ByteRange } from '../elements/byte-range.ts';
import type { ByteSource } from '../elements/byte-source.ts';
import type { Phase } from './ops.ts';

/** Bytes of a source that are read to `address` of a run's memory. */
export interface LoadRange extends ByteRange<ByteSource> {
  readonly address: number;
}

/** Memory at [begin, begin + step) is a thread's own; thread number i finds it `i · step` bytes further on. */
export interface Windows {
  readonly begin: number;
  readonly step: number;
  readonly count: number;
}

/** What a run's memory is made for. */
export interface MemoryNeeds {
  readonly bytes: number;
  readonly windows: Windows;
  readonly longest: number;
  readonly headSize: number;
}

/** The memory of one run, on a device that computes on it. */
export interface ForwardMemory extends AsyncDisposable {
  /** May run while ops run that do not touch those addresses. @throws SwizzleError 'io' */
  load(ranges: readonly LoadRange[], signal?: AbortSignal): Promise<void>;
  write(address: number, bytes: Uint8Array): Promise<void>;
  /** Runs phases in order. @throws SwizzleError 'device' */
  run(phases: readonly Phase[], signal?: AbortSignal): Promise<void>;
  /** A copy of bytes [address, address + length). */
  read(address: number, length: number): Promise<Uint8Array>;
}

/** What a device allows. */
export interface MatrixLimits {
  /** For messages: "the GPU". */
  readonly device: string;
  /** Bytes of a run's memory. */
  readonly memory: number;
  /** Bytes of one operand of an op. */
  readonly operand: number;
  /** Whether ops compute with elements of this dtype. */
  supports(dtype: FloatDtype): boolean;
}

/** Something that runs forward passes. */
export interface ForwardDevice extends AsyncDisposable {
  readonly kind: 'cpu' | 'webgpu';
  readonly name: string;
  readonly limits: MatrixLimits;
  /** How many tasks of a phase it runs at a time. */
  readonly parallel: number;
  /**
   * Makes a memory.
   * @param needs.bytes its size
   * @param needs.longest tokens of the longest sequence; `headSize` elements of the largest head: what attention needs room for
   * @throws SwizzleError 'space' where it is too large, 'device'
   */
  allocate(needs: MemoryNeeds): Promise<ForwardMemory>;
}
