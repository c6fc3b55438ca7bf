import { join } from 'node:path';
import test from 'ava';
import { readLocalCheckpoint } from '../../src/models/checkpoint/files/local.ts';
import { openLocalSource } from '../../src/models/checkpoint/files/local-source.ts';
import { createCpuForward } from '../../src/matrix/cpu/device.ts';
import { programOf } from '../../src/forward/programs/registry.ts';
import { runForward } from '../../src/forward/run.ts';
import { predictAll, predictFrom, type Sequence } from '../../src/forward/sequences.ts';
import { weightsOfCheckpoint } from '../../src/forward/weights.ts';
import { lossesOf } from './run-golden.ts';

const FOLDER = 'fixtures/golden-forward/gemma2/model';

function windows(lengths: readonly number[]): number[][] {
  return lengths.map((length, window) => Array.from({ length }, (_, at) => (31 * window + 7 * at * at + at) % 211));
}

async function losses(sequences: readonly Sequence[], threads: number, batchRows?: number): Promise<number[]> {
  const checkpoint = await readLocalCheckpoint(join(FOLDER));
  const program = programOf('gemma2', checkpoint.config, (tensor) => checkpoint.tensors.has(tensor));
  await using device = createCpuForward({ threads, aloneBelow: 0 });
  const job = { program, weights: weightsOfCheckpoint(checkpoint), sequences, batchRows };
  const [result] = await runForward(job, { device, open: openLocalSource });
  return lossesOf(result?.values ?? new Float32Array());
}

test('threads, batches and the order of sequences change no bit', async (t) => {
  const sequences = windows([3, 17, 50, 2, 101, 33]).map(predictAll);
  const expected = await losses(sequences, 1);
  t.is(expected.length, 3 + 17 + 50 + 2 + 101 + 33 - 6);
  t.true(expected.every(Number.isFinite));
  // all threads in every op
  t.deepEqual(await losses(sequences, 3), expected);
  t.deepEqual(await losses(sequences, 2, 60), expected);
  const turned = await losses(sequences.toReversed(), 2, 60);
  const [first] = sequences;
  t.deepEqual(turned.slice(-(first?.targets.length ?? 0)), expected.slice(0, first?.targets.length));
});

test('nor does computing batches apart, each by one thread', async (t) => {
  const lengths = Array.from({ length: 40 }, (_, window) => 3 + ((window * 7) % 23));
  const sequences = windows(lengths).map(predictAll);
  const expected = await losses(sequences, 1);
  t.deepEqual(await losses(sequences, 2, 30), expected);
  t.deepEqual(await losses(sequences, 3, 1), expected);
});

test('only tokens that are asked for are predicted', async (t) => {
  const [window = []] = windows([40]);
  const all = await losses([predictAll(window)], 2);
  t.deepEqual(await losses([predictFrom(window, 25)], 2), all.slice(24));
});
