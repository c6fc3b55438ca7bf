import test from 'ava';
import { bestSoFar, isBetter, leaderboard, paretoFront, type Point } from '../../src/report/ranking.ts';

test('leaderboard: best first, equal ones by name, those without a finite score last', (t) => {
  const rows = [
    { variant: 'e', scores: undefined },
    { variant: 'c', scores: { loss: 2 } },
    { variant: 'a', scores: { loss: 3 } },
    { variant: 'b', scores: { loss: 2 } },
    { variant: 'd', scores: { loss: Number.NaN } },
  ];
  const names = (goal: 'min' | 'max'): string =>
    leaderboard(rows, 'loss', goal)
      .map(({ variant }) => variant)
      .join('');
  t.is(names('min'), 'bcade');
  t.is(names('max'), 'abcde');
  t.is(rows[0]?.variant, 'e');
});

test('best so far', (t) => {
  t.deepEqual(bestSoFar([undefined, 3, 4, undefined, 2], 'min'), [undefined, 3, 3, 3, 2]);
  t.deepEqual(bestSoFar([1, 3, 2], 'max'), [1, 3, 3]);
});

test('Pareto front: as the definition says, of many points with many equal ones', (t) => {
  const points = Array.from({ length: 300 }, (_, i): Point => [(i * 7919) % 23, (i * 104_729) % 29]);
  for (const goals of [
    ['min', 'min'],
    ['max', 'min'],
    ['max', 'max'],
  ] as const) {
    const better = (axis: 0 | 1, a: Point, b: Point): boolean => isBetter(goals[axis], a[axis], b[axis]);
    const dominates = (a: Point, b: Point): boolean =>
      !better(0, b, a) && !better(1, b, a) && (better(0, a, b) || better(1, a, b));
    const expected = points.flatMap((point, index) => (points.some((other) => dominates(other, point)) ? [] : [index]));
    t.deepEqual(
      paretoFront(points, goals).toSorted((a, b) => a - b),
      expected,
    );
  }
});

test('Pareto front: what nothing dominates, by rising first metric', (t) => {
  const points: Point[] = [
    [3, 1],
    [1, 3],
    [2, 2],
    [3, 3],
    [2, 2],
    [1, 4],
    [Number.NaN, 0],
  ];
  t.deepEqual(paretoFront(points, ['min', 'min']), [1, 2, 4, 0]);
  t.deepEqual(paretoFront(points, ['max', 'max']), [5, 3]);
  t.deepEqual(paretoFront(points, ['min', 'max']), [5]);
});
