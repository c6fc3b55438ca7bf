import test from 'ava';
import { differenceSpans } from '../../src/plan/chunks/difference-spans.ts';
import { joinSpans } from '../../src/plan/chunks/spans.ts';
import type { TensorTask } from '../../src/plan/tasks.ts';
import type { Checkpoint, CheckpointTensor } from '../../src/models/checkpoint/checkpoint.ts';

const COUNT = 10_000;
const NAMES: readonly string[] = Array.from({ length: COUNT }, (_, index) => `layers.${index}.weight`);

/** A model of many tensors of 4 elements, in the order of `names`. */
function model(label: string, names: readonly string[]): Checkpoint {
  const tensors = new Map(
    names.map((name, index): [string, CheckpointTensor] => {
      return [name, { name, dtype: 'F32', shape: [4], file: 0, begin: index * 16, end: index * 16 + 16 }];
    }),
  );
  return { label, folder: undefined, shards: [{ path: label, size: COUNT * 16 }], tensors, config: undefined };
}

test('a span of many tensors, whose order differs between the files, has an end', (t) => {
  const [a, b] = [model('a', NAMES), model('b', NAMES.toReversed())];
  const pairs = NAMES.flatMap((name) => {
    const [one, other] = [a.tensors.get(name), b.tensors.get(name)];
    return one && other ? [{ name, a: one, b: other }] : [];
  });
  const spans = differenceSpans([a, b], pairs, (path) => (path === 'a' ? 0 : 1));
  t.deepEqual(
    spans.map(({ tensors }) => tensors.length),
    [4096, 4096, 1808],
  );
  t.deepEqual(
    spans.flatMap(({ tensors }) => tensors.map(({ name }) => name)),
    NAMES,
  );
  t.deepEqual(
    spans.map(({ inputs }) => inputs.map(({ ranges }) => ranges.length)),
    [
      [1, 4096],
      [1, 4096],
      [1, 1808],
    ],
  );
});

test('so has one of a merge', (t) => {
  const placed = NAMES.map((name, index) => {
    const range = (file: number, at: number) =>
      ({ dtype: 'F32', ranges: [{ file, begin: at * 16, end: at * 16 + 16 }] }) as const;
    const task: TensorTask = {
      name,
      shape: [4],
      elements: 4,
      kernel: 'weighted_sum',
      inputs: [range(0, index), range(1, COUNT - 1 - index)],
      outputs: [{ dtype: 'F32', weights: [0.5, 0.5] }],
    };
    return { task, places: [{ shard: 0, begin: index * 16 }] };
  });
  const spans = joinSpans(placed, 'inf');
  t.deepEqual(
    spans.map(({ elements, tensors }) => [elements, tensors.length]),
    [
      [16_384, 4096],
      [16_384, 4096],
      [7232, 1808],
    ],
  );
});
