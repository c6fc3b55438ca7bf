import { openLocalSource } from '../../src/models/checkpoint/files/local-source.ts';
import { createCpuDevice } from '../../src/devices/cpu/device.ts';
import type { Device, Lane, LaneShape, OpenFiles } from '../../src/devices/device.ts';
import { lostError } from '../../src/devices/lost.ts';
import { openOutputFile } from '../../src/run/execute/sinks.ts';
import { runChunks, type RunOptions } from '../../src/run/execute/run-chunks.ts';
import type { Chunk, ChunkReport } from '../../src/plan/chunks/chunk.ts';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What befalls a device: called before a chunk is run, with how many were begun, and before a lane is made. */
export interface Fate {
  onRun?(count: number, chunk: Chunk): void | Promise<void>;
  onLane?(count: number, shape: LaneShape): void;
}

/** The cpu device, to whose lanes something happens. */
export function flakyDevice(fate: Fate): Device {
  const cpu = createCpuDevice();
  let [runs, lanes] = [0, 0];
  return {
    kind: 'webgpu',
    name: 'flaky',
    limits: cpu.limits,
    habit: cpu.habit,
    supports: () => true,
    async createLane(shape: LaneShape, files: OpenFiles): Promise<Lane> {
      fate.onLane?.(++lanes, shape);
      const lane = await cpu.createLane(shape, files);
      let giveUp: (why: string) => void = () => undefined;
      return {
        async run(chunk, signal): Promise<ChunkReport> {
          const givenUp = new Promise<never>((_, reject) => (giveUp = (why) => reject(lostError(why))));
          givenUp.catch(() => undefined);
          const work = (async () => {
            await fate.onRun?.(++runs, chunk);
            return lane.run(chunk, signal);
          })();
          return Promise.race([work, givenUp]);
        },
        giveUp: (why) => giveUp(why),
        [Symbol.asyncDispose]: () => lane[Symbol.asyncDispose](),
      };
    },
    [Symbol.asyncDispose]: () => cpu[Symbol.asyncDispose](),
  };
}

export interface TwoFiles {
  readonly span: Chunk;
  /** Runs the span on devices. @returns what came out, and what the user was told */
  run(devices: readonly Device[], options?: Partial<RunOptions>): Promise<{ bytes: Buffer; remarks: string[] }>;
  readonly expected: Buffer;
}

/** A sum of two files of `elements` f32 values. */
export async function twoFiles(folder: string, elements: number): Promise<TwoFiles> {
  await mkdir(folder, { recursive: true });
  const values = [0, 1].map((k) => Float32Array.from({ length: elements }, (_, i) => ((i * (k + 3)) % 97) - 40));
  const paths = values.map((_, k) => join(folder, `input-${k}`));
  for (const [k, path] of paths.entries()) await writeFile(path, Buffer.from(values[k]?.buffer ?? new ArrayBuffer()));
  const inputs = [0, 1].map((file) => {
    return { dtype: 'F32' as const, ranges: [{ file, begin: 0, end: 4 * elements }] };
  });
  const span: Chunk = {
    kernel: 'weighted_sum',
    elements,
    inputs,
    outputs: [{ dtype: 'F32', file: 0, begin: 0, weights: [2, 1] }],
    onOverflow: 'inf',
    tensors: [{ name: 'w', end: elements }],
  };
  const sums = Float32Array.from({ length: elements }, (_, i) => 2 * (values[0]?.[i] ?? 0) + (values[1]?.[i] ?? 0));
  let runs = 0;
  return {
    span,
    expected: Buffer.from(sums.buffer),
    async run(devices, options = {}) {
      const out = join(folder, `out-${runs++}`);
      const remarks: string[] = [];
      const sources = await Promise.all(paths.map((path) => openLocalSource(path)));
      const output = await openOutputFile(out, 4 * elements);
      try {
        await runChunks(
          { spans: [span], jobs: [] },
          {
            devices,
            files: { inputs: sources, outputs: [output] },
            lanes: 3,
            chunkBytes: 64 * 1024,
            stopOnOverflow: false,
            onRemark: (text) => void remarks.push(text),
            ...options,
          },
        );
      } finally {
        for (const file of [...sources, output]) await file[Symbol.asyncDispose]();
      }
      return { bytes: await readFile(out), remarks };
    },
  };
}
