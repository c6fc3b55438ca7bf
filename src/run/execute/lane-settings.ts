import type { Device } from '../../devices/device.ts';
import { SwizzleError } from '../../errors.ts';
import type { Plan } from '../../plan/plan.ts';
import { largestChunk } from '../../plan/chunks/cut.ts';
import { chunkLimits, largestOf, type LaneSettings } from './run-chunks.ts';

/** What the user asked for; undefined: chosen by device. */
export interface LaneWishes {
  readonly lanes?: number | undefined;
  /** Bytes. */
  readonly chunkBytes?: number | undefined;
  /** Bound on the bytes that all lanes hold. */
  readonly memory?: number | undefined;
}

const MIB = 1024 * 1024;
const SMALLEST_CHUNK = 64 * 1024;
/** Below this, many operands take what they take. */
const SMALLEST_DEFAULT_CHUNK = MIB;

/** Lanes and chunk size that keep within the memory asked for, and the bytes that they then hold. */
export function chooseLanes(
  plan: Plan,
  devices: readonly Device[],
  wishes: LaneWishes,
): LaneSettings & { readonly memory: number } {
  const [device] = devices;
  if (device === undefined) throw new SwizzleError('internal', 'no device');
  const { habit } = device;
  const limits = chunkLimits(devices);
  const largest = largestOf(plan);
  let lanes = wishes.lanes ?? habit.lanes;
  let chunkBytes = wishes.chunkBytes ?? habit.chunkBytes;
  const held = (): number => {
    const { inputBytes, outputBytes } = largestChunk(largest, chunkBytes, limits);
    return lanes * (inputBytes + outputBytes + (habit.ownBytes ?? 0));
  };
  if (wishes.chunkBytes === undefined) {
    while (held() > lanes * (habit.laneBytes + (habit.ownBytes ?? 0)) && chunkBytes > SMALLEST_DEFAULT_CHUNK)
      chunkBytes /= 2;
  }
  if (wishes.memory !== undefined) {
    while (held() > wishes.memory && chunkBytes > SMALLEST_CHUNK) chunkBytes /= 2;
    while (held() > wishes.memory && lanes > 1) lanes -= 1;
    if (held() > wishes.memory) {
      throw new SwizzleError(
        'space',
        `--memory ${wishes.memory}: one lane of the smallest chunk takes ${held()} bytes`,
      );
    }
  }
  return { lanes, chunkBytes, memory: held() };
}
