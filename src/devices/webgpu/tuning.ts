import { availableParallelism } from 'node:os';
import type { LaneHabit } from '../device.ts';
import type { AdapterInfo } from './adapter-info.ts';

/** How an adapter is best kept busy; docs/DECISIONS.md has what was measured. */
export interface Tuning {
  /** Invocations of a workgroup. */
  readonly workgroupSize: number;
  /** Most workgroups in a dispatch; beyond that each does more. */
  readonly workgroups: number;
  /** Pause between two questions whether the adapter is done, in milliseconds. */
  readonly pauseMs: number;
  /** Whether each invocation has bins of its own instead of adding to shared ones. */
  readonly ownBins: boolean;
  /** Whether shaders derive operands. On a software adapter's cores lanes of the cpu device do so in a half to a quarter of the time. */
  readonly derives: boolean;
  readonly habit: LaneHabit;
}

const MIB = 2 ** 20;

/** Most lanes, each a thread with a device and pipelines of its own. On hardware a thread waits for the GPU part of its time. */
const SOFTWARE_LANES = 4;
const HARDWARE_LANES = 8;

/** What the process grows by with a GPU thread: its heap and Dawn. */
const OWN_BYTES = 24 * MIB;

/**
 * Software adapters compute on the cores that also ask whether they are done, eight invocations at a time (256-bit vectors),
 * and like chunks that stay in the caches. Lanes are small on all adapters: mapped memory counts as JavaScript's own for the
 * garbage collector, which runs all the time once more than some 40 MiB of it come and go.
 */
export function tuningOf(type: AdapterInfo['type']): Tuning {
  return type === 'software'
    ? {
        workgroupSize: 8,
        workgroups: 64,
        pauseMs: 0.25,
        ownBins: true,
        derives: false,
        habit: laneHabit(Math.min(SOFTWARE_LANES, availableParallelism()), 2 * MIB, 256 * MIB),
      }
    : {
        workgroupSize: 256,
        workgroups: 4096,
        pauseMs: 0,
        ownBins: false,
        derives: true,
        habit: laneHabit(Math.min(HARDWARE_LANES, availableParallelism() + 1), 4 * MIB, 2048 * MIB),
      };
}

/** Workgroups of a dispatch over `octets`. */
export function workgroupsFor({ workgroupSize, workgroups }: Tuning, octets: number): number {
  return Math.min(Math.ceil(octets / workgroupSize), workgroups);
}

function laneHabit(lanes: number, chunkBytes: number, residentBytes: number): LaneHabit {
  return { lanes, chunkBytes, laneBytes: 3 * chunkBytes, residentBytes, ownBytes: OWN_BYTES };
}
