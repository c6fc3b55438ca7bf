import { SwizzleError } from '../../errors.ts';
import type { LaneShape } from '../device.ts';
import { SMALL_BUFFER_BYTES } from './layout.ts';

// GPUBufferUsage: Dawn keeps these constants in an object of its own that only exists after it is loaded.
const MAP_READ = 0x1;
const MAP_WRITE = 0x2;
const COPY_SRC = 0x4;
const COPY_DST = 0x8;
const STORAGE = 0x80;

/** GPUMapMode. */
export const MAP_MODE = { READ: 1, WRITE: 2 } as const;

/** The buffers of one lane. */
export interface LaneMemory {
  /** `inputBytes`, as are `inputs`; `outputs` are `outputBytes`. */
  readonly upload: GPUBuffer;
  readonly inputs: GPUBuffer;
  readonly outputs: GPUBuffer;
  readonly params: GPUBuffer;
  readonly counters: GPUBuffer;
  /** Counters in the first SMALL_BUFFER_BYTES, then `outputBytes`. */
  readonly readback: GPUBuffer;
}

/** Largest of what WebGPU asks of buffer sizes: a binding may not be empty. */
function sized(bytes: number): number {
  return Math.max(256, bytes);
}

export function destroyMemory(memory: LaneMemory): void {
  for (const buffer of Object.values(memory)) buffer.destroy();
}

function describe(failure: unknown): string {
  // GPUError is no Error in JavaScript, but has a message.
  return failure instanceof Object && 'message' in failure ? String(failure.message) : String(failure);
}

/** Allocates a lane's buffers. Throws SwizzleError 'device' with the sizes when the device does not have them. */
export async function allocateMemory(device: GPUDevice, shape: LaneShape): Promise<LaneMemory> {
  const made: GPUBuffer[] = [];
  const create = (label: string, size: number, usage: number): GPUBuffer => {
    const buffer = device.createBuffer({ label, size: sized(size), usage });
    made.push(buffer);
    return buffer;
  };
  const createAll = (): LaneMemory => ({
    upload: create('upload', shape.inputBytes, MAP_WRITE | COPY_SRC),
    inputs: create('inputs', shape.inputBytes, STORAGE | COPY_DST),
    outputs: create('outputs', shape.outputBytes, STORAGE | COPY_SRC),
    params: create('params', SMALL_BUFFER_BYTES, STORAGE | COPY_DST),
    counters: create('counters', SMALL_BUFFER_BYTES, STORAGE | COPY_SRC | COPY_DST),
    readback: create('readback', SMALL_BUFFER_BYTES + shape.outputBytes, MAP_READ | COPY_DST),
  });

  device.pushErrorScope('out-of-memory');
  device.pushErrorScope('validation');
  let memory: LaneMemory | undefined;
  let thrown: unknown = null;
  try {
    memory = createAll();
  } catch (error) {
    thrown = error;
  }
  const [validation, exhausted] = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
  const cause = thrown ?? exhausted ?? validation;
  if (memory !== undefined && cause === null) return memory;
  for (const buffer of made) buffer.destroy();
  throw new SwizzleError(
    'device',
    `the GPU cannot hold a lane of ${shape.inputBytes} input bytes and ${shape.outputBytes} output bytes, each twice: ` +
      `${describe(cause)}. A smaller --chunk-size or fewer --lanes need less`,
    { cause, details: { ...shape, outOfMemory: true } },
  );
}
