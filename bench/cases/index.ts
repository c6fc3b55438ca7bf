import type { BenchCase } from '../bench-case.ts';
import { growth } from './growth.ts';
import { host } from './host.ts';
import { inputs } from './inputs.ts';
import { kernels } from './kernels.ts';
import { lanes } from './lanes.ts';
import { losses } from './losses.ts';
import { methods } from './methods.ts';
import { outputs } from './outputs.ts';
import { pair } from './pair.ts';
import { smallTensors } from './small-tensors.ts';
import { solar } from './solar.ts';

export const CASES: readonly BenchCase[] = [
  pair,
  host,
  lanes,
  growth,
  inputs,
  smallTensors,
  outputs,
  methods,
  losses,
  kernels,
  solar,
];
