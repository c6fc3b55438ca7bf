import type { Device } from '../device/device.ts';
import { SwizzleError } from '../errors.ts';
import { largestChunk } from '../plan/cut.ts';
import type { Plan } from '../plan/plan.ts';
import { chunkLimits, type LaneSettings } from './run-chunks.ts';

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

/** What a GPU lane holds at most, where nobody says otherwise: three operands of 16 MiB, or more of them that are smaller. */
const GPU_LANE_BYTES = 48 * MIB;
const SMALLEST_GPU_CHUNK = MIB;

/** Lanes and chunk size that keep within the memory asked for, and the bytes that they then hold. */
export function chooseLanes(
  plan: Plan,
  devices: readonly Device[],
  wishes: LaneWishes,
  cores: number,
): LaneSettings & { readonly memory: number } {
  const gpu = devices[0]?.kind === 'webgpu';
  const limits = chunkLimits(devices);
  let lanes = wishes.lanes ?? (gpu ? 4 : cores);
  let chunkBytes = wishes.chunkBytes ?? (gpu ? 16 : 4) * MIB;
  const held = (): number => {
    const { inputBytes, outputBytes } = largestChunk(plan.spans, chunkBytes, limits);
    return lanes * (inputBytes + outputBytes);
  };
  if (gpu && wishes.chunkBytes === undefined) {
    while (held() > lanes * GPU_LANE_BYTES && chunkBytes > SMALLEST_GPU_CHUNK) chunkBytes /= 2;
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
