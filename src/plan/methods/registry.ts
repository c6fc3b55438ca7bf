import { arceeFusion } from './arcee-fusion.ts';
import { breadcrumbs } from './breadcrumbs.ts';
import { breadcrumbsTies } from './breadcrumbs-ties.ts';
import { dareLinear } from './dare-linear.ts';
import { dareTies } from './dare-ties.ts';
import { della } from './della.ts';
import { dellaLinear } from './della-linear.ts';
import { karcher } from './karcher.ts';
import { linear } from './linear.ts';
import type { MergeMethod } from './method.ts';
import { modelStock } from './model-stock.ts';
import { multislerp } from './multislerp.ts';
import { nearswap } from './nearswap.ts';
import { nuslerp } from './nuslerp.ts';
import { passthrough } from './passthrough.ts';
import { ram } from './ram.ts';
import { ramplusTl } from './ramplus-tl.ts';
import { sce } from './sce.ts';
import { slerp } from './slerp.ts';
import { taskArithmetic } from './task-arithmetic.ts';
import { ties } from './ties.ts';

/** Every merge method there is. A new one is a file beside this and a line here. */
export const METHODS: readonly MergeMethod[] = [
  linear,
  slerp,
  nuslerp,
  multislerp,
  karcher,
  taskArithmetic,
  ties,
  dareLinear,
  dareTies,
  breadcrumbs,
  breadcrumbsTies,
  della,
  dellaLinear,
  modelStock,
  sce,
  nearswap,
  arceeFusion,
  ram,
  ramplusTl,
  passthrough,
];

/**
 * Names that mergekit's recipes may carry under `parameters` for any method, and that mean nothing to some:
 * mergekit passes over them in silence, here they give a warning.
 */
export const FOREIGN_PARAMETERS: ReadonlySet<string> = new Set([
  'int8_mask',
  ...METHODS.flatMap(({ parameters }) => parameters.map(({ name }) => name)),
]);
