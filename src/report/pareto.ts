import { isBetter, type Goal } from './order.ts';

/** A point of two metrics. */
export type Point = readonly [first: number, second: number];

/**
 * Numbers of the points that no other point dominates (is as good in both metrics and better in one), by rising first metric.
 * Points equal to one on the front are on it too; points with a NaN or an infinity are not.
 */
export function paretoFront(points: readonly Point[], goals: readonly [Goal, Goal]): number[] {
  const dominates = (a: Point, b: Point): boolean => {
    const worse = isBetter(goals[0], b[0], a[0]) || isBetter(goals[1], b[1], a[1]);
    return !worse && (isBetter(goals[0], a[0], b[0]) || isBetter(goals[1], a[1], b[1]));
  };
  const known = points.map((point, index) => ({ point, index })).filter(({ point }) => point.every(Number.isFinite));
  return known
    .filter(({ point }) => !known.some((other) => dominates(other.point, point)))
    .sort((a, b) => a.point[0] - b.point[0] || a.point[1] - b.point[1])
    .map(({ index }) => index);
}
