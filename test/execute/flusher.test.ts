import test from 'ava';
import { SwizzleError } from '../../src/errors.ts';
import { Flusher } from '../../src/run/execute/flusher.ts';
import type { OutputFile } from '../../src/run/execute/sinks.ts';
import type { Chunk } from '../../src/plan/chunks/chunk.ts';
import { memoryOutput, sumChunk } from '../support/chunks.ts';

const MIB = 2 ** 20;

/** Files whose flushes are noted as "file begins" and "file ends", and end when `release` is called. */
function files(count: number): { outputs: OutputFile[]; log: string[]; release: (error?: Error) => void } {
  const log: string[] = [];
  const held: ((error?: Error) => void)[] = [];
  const outputs = Array.from({ length: count }, (_, file): OutputFile => {
    return {
      ...memoryOutput(new Uint8Array(0)),
      sync: () => {
        log.push(`${file} begins`);
        return new Promise((resolve, reject) => {
          held.push((error) => {
            log.push(`${file} ends`);
            if (error === undefined) resolve();
            else reject(error);
          });
        });
      },
      clear: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  });
  return { outputs, log, release: (error) => held.splice(0).forEach((end) => end(error)) };
}

/** A chunk that writes `bytes` to each of these files. */
function chunk(bytes: number, ...written: readonly number[]): Chunk {
  const whole = sumChunk('F32', bytes / 4, [1, 1]);
  return { ...whole, outputs: written.map((file) => ({ dtype: 'F32', file, begin: 0, weights: [1, 1] })) };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a file is flushed once 256 MiB of it wait, one file at a time; at the end all are', async (t) => {
  const { outputs, log, release } = files(2);
  const flusher = new Flusher(outputs);
  flusher.wrote(chunk(255 * MIB, 0, 1));
  t.deepEqual(log, []);
  flusher.wrote(chunk(MIB, 0, 1));
  t.deepEqual(log, ['0 begins']);
  flusher.wrote(chunk(600 * MIB, 0));
  t.deepEqual(log, ['0 begins'], 'not twice at the same time');
  release();
  await turn();
  flusher.wrote(chunk(4, 1));
  t.deepEqual(log, ['0 begins', '0 ends', '1 begins']);
  const finished = flusher.finish();
  await turn();
  t.is(log.length, 3, 'the last waits for the one that runs');
  release();
  await turn();
  t.deepEqual(log.slice(3), ['1 ends', '0 begins', '1 begins']);
  release();
  await finished;
});

test('a flush that fails is an error at the next chunk and at the end, and no rejection that nobody sees', async (t) => {
  const { outputs, log, release } = files(1);
  const flusher = new Flusher(outputs);
  flusher.wrote(chunk(256 * MIB, 0));
  const failure = new SwizzleError('io', 'out.safetensors: flushing: the disk is full');
  release(failure);
  await turn();
  t.throws(() => flusher.wrote(chunk(4, 0)), { is: failure });
  t.is(await t.throwsAsync(flusher.finish()), failure);
  t.deepEqual(log, ['0 begins', '0 ends']);
});
