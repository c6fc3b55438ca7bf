import type { Dtype } from '../src/dtype.ts';
import type { DeviceOption } from './contenders/swizzle.ts';
import type { MadeCheckpoint } from './inputs/make-checkpoint.ts';
import type { Shape } from './inputs/shape.ts';
import type { Race } from './race.ts';

/** What cases work with. */
export interface Bench {
  /** Bytes of one input where the case does not say otherwise. */
  readonly size: number;
  readonly devices: readonly DeviceOption[];
  readonly python: string;
  /** Where outputs go; removed before each run. */
  readonly output: string;
  /** Makes a checkpoint in the working folder. */
  checkpoint(shape: Shape, dtype: Dtype, seed: number): MadeCheckpoint;
  /** Writes a small text file into the working folder and returns its path. */
  file(name: string, text: string): string;
  /** Free bytes of the working folder's file system. */
  free(): number;
  /** Removes all inputs made so far. */
  clear(): void;
  race(race: Race): Promise<void>;
  /** Says something that is no race: a table, or why something is left out. */
  say(title: string, text: string, data?: unknown): void;
}

export interface BenchCase {
  readonly name: string;
  readonly describe: string;
  run(bench: Bench): Promise<void>;
}
