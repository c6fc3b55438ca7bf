import type { Device } from '../../devices/device.ts';
import { SwizzleError } from '../../errors.ts';
import type { MatrixJob } from '../../plan/passes/matrix-job.ts';
import type { Plan } from '../../plan/plan.ts';
import { operandBytes } from '../../plan/operand.ts';
import { largestChunk } from '../../plan/chunks/cut.ts';
import { jobNeeds, matrixNeeds } from './matrix-memory.ts';
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

/** What WebAssembly's addresses reach, without room for threads. */
const ADDRESSES = 2 ** 32 - 2 ** 24;

/** Tensors that an error lists. */
const MOST_LINES = 8;

/** Lanes and chunk size that keep within the memory asked for, and the bytes that they then hold. */
export function chooseLanes(
  plan: Plan,
  devices: readonly Device[],
  wishes: LaneWishes,
): LaneSettings & { readonly memory: number; readonly residentBytes: number } {
  const [device] = devices;
  if (device === undefined) throw new SwizzleError('internal', 'no device');
  const { habit } = device;
  const limits = chunkLimits(devices);
  const largest = largestOf(plan);
  let lanes = wishes.lanes ?? habit.lanes;
  let chunkBytes = wishes.chunkBytes ?? habit.chunkBytes;
  const matrices = checkedMatrices(plan.matrices ?? [], wishes.memory);
  const held = (): number => {
    const { inputBytes, outputBytes } = largestChunk(largest, chunkBytes, limits);
    return lanes * (inputBytes + outputBytes + (habit.ownBytes ?? 0));
  };
  if (wishes.chunkBytes === undefined) {
    while (held() > lanes * (habit.laneBytes + (habit.ownBytes ?? 0)) && chunkBytes > SMALLEST_DEFAULT_CHUNK)
      chunkBytes /= 2;
  }
  if (wishes.memory !== undefined) {
    const left = wishes.memory - matrices;
    while (held() > left && chunkBytes > SMALLEST_CHUNK) chunkBytes /= 2;
    while (held() > left && lanes > 1) lanes -= 1;
    if (held() > left) {
      const whole = matrices > 0 ? ` and whole matrices take ${matrices} bytes` : '';
      throw new SwizzleError(
        'space',
        `--memory ${wishes.memory}: one lane of the smallest chunk takes ${held()} bytes${whole}`,
      );
    }
  }
  const residentBytes = Math.min(
    habit.residentBytes ?? 0,
    Math.max(0, (wishes.memory ?? Infinity) - held() - matrices),
    plan.jobs.reduce((sum, { task }) => sum + operandBytes(task.inputs), 0),
  );
  return { lanes, chunkBytes, residentBytes, memory: held() + matrices + residentBytes };
}

/** Bytes that whole matrices take, one tensor after another. @throws SwizzleError 'space' that names those that do not fit */
function checkedMatrices(jobs: readonly MatrixJob[], memory: number = ADDRESSES): number {
  if (jobs.length === 0) return 0;
  const limit = Math.min(memory, ADDRESSES);
  const needs = jobs.map((job) => ({ ...job.task, bytes: jobNeeds(job).bytes }));
  const large = needs.filter(({ bytes }) => bytes > limit);
  const [first] = large;
  if (first === undefined) return matrixNeeds(jobs).bytes;
  const what = limit === ADDRESSES ? '32-bit addresses of the CPU device reach' : `--memory ${memory} allows`;
  const lines = large.map(({ name, shape, bytes }) => `  ${name} (${shape.join(' x ')}): ${gib(bytes)}`);
  throw new SwizzleError('space', [
    `whole matrices of ${large.length} tensors take more than ${what}:`,
    ...lines.slice(0, MOST_LINES),
    ...(lines.length > MOST_LINES ? [`  and ${lines.length - MOST_LINES} more`] : []),
    `to average such tensors instead, add to the recipe's parameters: exclude: [${excludes(large).join(', ')}]`,
  ]);
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}

/** The last parts of names, such as lm_head. */
function excludes(tensors: readonly { readonly name: string }[]): string[] {
  return [
    ...new Set(
      tensors.map(({ name }) => name.split('.').findLast((part) => !/^(weight|bias|\d+)$/.test(part)) ?? name),
    ),
  ];
}
