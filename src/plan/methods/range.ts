import { isWords, type ParameterValue } from '../../recipe/parameters.ts';

type Range = readonly [least: number, largest: number];

/** Whether a value, or each point of a layer gradient, is a number within the range. */
export function isWithin(value: ParameterValue, [least, largest]: Range = [-Infinity, Infinity]): boolean {
  if (typeof value === 'boolean' || isWords(value)) return true;
  const points = typeof value === 'number' ? [value] : value;
  return points.every((point) => point >= least && point <= largest);
}

export function rangeText([least, largest]: Range): string {
  return largest === Infinity ? `${least} or more` : `a number from ${least} to ${largest}`;
}
