import type { ParameterSpec } from '../method.ts';

/** The share of a task vector's elements that is kept: mergekit's `density`. */
export const DENSITY: ParameterSpec = {
  name: 'density',
  scope: 'model',
  type: 'number',
  default: 1,
  range: [0, 1],
  help: 'share of the elements of the task vector that is kept',
};
