import { isBetter, type Goal } from './order.ts';

/** A point of two metrics. */
export type Point = readonly [first: number, second: number];

/**
 * Numbers of the points that no other point dominates (is as good in both metrics and better in one), by rising first metric.
 * Points equal to one on the front are on it too; points with a NaN or an infinity are not.
 */
export function paretoFront(points: readonly Point[], [first, second]: readonly [Goal, Goal]): number[] {
  const order = (goal: Goal, a: number, b: number): number => (a === b ? 0 : isBetter(goal, a, b) ? -1 : 1);
  const known = points.map((point, index) => ({ point, index })).filter(({ point }) => point.every(Number.isFinite));
  known.sort((a, b) => order(first, a.point[0], b.point[0]) || order(second, a.point[1], b.point[1]));
  // the best of the second metric among points that are as good in the first, and among those that are better
  let [group, best]: [Point | undefined, number | undefined] = [undefined, undefined];
  const front = known.filter(({ point }) => {
    if (group === undefined || group[0] !== point[0]) {
      if (group !== undefined && (best === undefined || isBetter(second, group[1], best))) best = group[1];
      group = point;
    }
    return point[1] === group[1] && (best === undefined || isBetter(second, point[1], best));
  });
  return front
    .sort((a, b) => a.point[0] - b.point[0] || a.point[1] - b.point[1] || a.index - b.index)
    .map(({ index }) => index);
}
