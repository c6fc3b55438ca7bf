import { open, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { openLocalSource } from '../../src/models/checkpoint/files/local-source.ts';
import type { ByteSink, Device, Lane } from '../../src/devices/device.ts';
import type { ByteSource } from '../../src/elements/byte-source.ts';
import { SwizzleError, systemCode } from '../../src/errors.ts';
import type { Chunk } from '../../src/plan/chunks/chunk.ts';
import { ResourceStack } from '../../src/resource-stack.ts';
import { testOnDevices } from '../support/devices.ts';
import { temporaryFolder } from '../support/temporary.ts';

const BYTES = 2048;

const CHUNK: Chunk = {
  kernel: 'weighted_sum',
  elements: BYTES / 2,
  inputs: [0, 1].map((file) => ({ dtype: 'BF16', ranges: [{ file, begin: 0, end: BYTES }] })),
  outputs: [{ dtype: 'BF16', file: 0, begin: 0, weights: [0.5, 0.5] }],
  onOverflow: 'inf',
  tensors: [{ name: 'only', end: BYTES / 2 }],
};

interface Bench {
  readonly lane: Lane;
  readonly stack: ResourceStack;
  /** Paths of the two inputs and the output. */
  readonly paths: readonly string[];
}

interface Fault {
  readonly source?: (source: ByteSource) => ByteSource;
  readonly outputFlags?: string;
}

/** A lane on two good inputs of ones and an output, or with a fault put in. */
async function prepare(t: ExecutionContext, device: Device, fault: Fault): Promise<Bench> {
  const stack = new ResourceStack();
  stack.use(device);
  const folder = await temporaryFolder(t);
  const paths = ['a', 'b', 'out'].map((name) => join(folder, name));
  for (const path of paths) {
    await using file = await open(path, 'w');
    await file.write(Buffer.from(Uint16Array.from({ length: BYTES / 2 }, () => 0x3f80).buffer));
  }
  const inputs: ByteSource[] = [];
  for (const path of paths.slice(0, 2)) inputs.push(stack.use(await openLocalSource(path)));
  const [first, second] = inputs;
  const output = stack.use(await open(paths[2] ?? '', fault.outputFlags ?? 'r+'));
  const sink: ByteSink = {
    label: paths[2] ?? '',
    fd: output.fd,
    write: async (source, position) => {
      await output.write(source, 0, source.byteLength, position).catch((cause: unknown) => {
        throw new SwizzleError('io', `${paths[2]}: cannot write`, { cause });
      });
    },
  };
  const sources = [first, second && fault.source ? fault.source(second) : second].filter((one) => one !== undefined);
  const shape = { inputBytes: 2 * BYTES, outputBytes: BYTES };
  const lane = stack.use(await device.createLane(shape, { inputs: sources, outputs: [sink] }));
  return { lane, stack, paths };
}

testOnDevices('a file that is too short is an error that names it, and the lane goes on', async (t, { create }) => {
  const { lane, stack, paths } = await prepare(t, await create(), {});
  await using _ = stack;
  const second = paths[1] ?? '';
  await truncate(second, 1500);
  const error = await t.throwsAsync(lane.run(CHUNK), { instanceOf: SwizzleError, code: 'io' });
  t.true(error?.message.includes(second), error?.message);
  t.regex(error?.message ?? '', /1500|548/);
  await truncate(second, BYTES);
  const report = await lane.run(CHUNK);
  t.deepEqual(report.tensors, []);
});

testOnDevices('an output that cannot be written is an error that names it', async (t, { create }) => {
  const { lane, stack, paths } = await prepare(t, await create(), { outputFlags: 'r' });
  await using _ = stack;
  const error = await t.throwsAsync(lane.run(CHUNK), { instanceOf: SwizzleError, code: 'io' });
  t.true(error?.message.includes(paths[2] ?? '?'), error?.message);
  t.is(systemCode(error?.cause), 'EBADF');
});

testOnDevices("a source's own error comes through", async (t, { create }) => {
  const failure = new SwizzleError('hub', 'the hub hung up');
  const source: ByteSource = { label: 'far', fd: undefined, read: () => Promise.reject(failure) };
  const { lane, stack } = await prepare(t, await create(), { source: () => source });
  await using _ = stack;
  t.is(await t.throwsAsync(lane.run(CHUNK)), failure);
});

testOnDevices('an abort before and during reading ends the run with its reason', async (t, { create }) => {
  const reason = new Error('enough');
  const stop = new AbortController();
  const slow = (source: ByteSource): ByteSource => ({
    label: 'slow',
    fd: undefined,
    read: async (target, position, signal) => {
      stop.abort(reason);
      signal?.throwIfAborted();
      await source.read(target, position);
    },
  });
  const { lane, stack } = await prepare(t, await create(), { source: slow });
  await using _ = stack;
  t.is(await t.throwsAsync(lane.run(CHUNK, AbortSignal.abort(reason))), reason);
  t.is(await t.throwsAsync(lane.run(CHUNK, stop.signal)), reason);
  t.deepEqual((await lane.run(CHUNK)).tensors, []);
});

testOnDevices('a lane that is disposed of runs nothing more', async (t, { create }) => {
  const { lane, stack } = await prepare(t, await create(), {});
  await lane[Symbol.asyncDispose]();
  await t.throwsAsync(lane.run(CHUNK), { instanceOf: SwizzleError });
  await stack[Symbol.asyncDispose]();
});
