import { arceeFusion } from './arcee-fusion.ts';
import { isoC } from './iso-c.ts';
import { isoCts } from './iso-cts.ts';
import { karcher } from './karcher.ts';
import { linear } from './linear.ts';
import { localizeAndStitch } from './localize-and-stitch.ts';
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
import { TASK_VECTOR_METHODS } from './task-vectors.ts';
import { tsvM } from './tsv-m.ts';
import { wudi } from './wudi.ts';

/** All merge methods. A new one is a file in this folder, or a row in task-vectors.ts, and a line here. */
export const METHODS: readonly MergeMethod[] = [
  linear,
  slerp,
  nuslerp,
  multislerp,
  karcher,
  taskArithmetic,
  ...TASK_VECTOR_METHODS,
  modelStock,
  sce,
  nearswap,
  arceeFusion,
  ram,
  ramplusTl,
  isoC,
  isoCts,
  tsvM,
  wudi,
  localizeAndStitch,
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
