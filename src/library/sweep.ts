import * as asking from '../sweep/asking/ask-tell.ts';
import type { AskedVariant } from '../sweep/asking/ask-tell.ts';
import type { SweepSpec } from '../sweep/file/spec.ts';
import * as estimating from '../sweep/running/estimate.ts';
import type { SweepEstimate } from '../sweep/running/estimate.ts';
import * as running from '../scale/queue/run-sweep.ts';
import type { SweepOptions, SweepResult } from '../sweep/running/run-sweep.ts';
import { checkOptions, checkValue, type OptionKinds } from '../options/check.ts';
import { callback, flag, instance, text, wholeNumber } from '../options/kinds.ts';
import type { WithNames } from './names.ts';
import { MAKING, OUT } from './option-kinds.ts';
import { refuseIntroduced } from '../run/execute/introduced.ts';

const KINDS: OptionKinds<SweepOptions> = {
  ...MAKING,
  out: OUT,
  noWrite: flag(),
  retryFailed: flag(),
  part: instance('{ index, count }', (value) => typeof value === 'object' && value !== null),
  collect: flag(),
  queue: text('redis://host:port/number'),
  onWarning: callback(),
  onQueue: callback(),
  onChange: callback(),
  onShare: callback(),
};

/**
 * Makes and scores the variants of a sweep, many from one read of the models; what an earlier run has scored is not done again.
 * @throws SwizzleError with every kind of code; the signal's reason when aborted
 */
export async function runSweep(spec: SweepSpec, options: WithNames<SweepOptions>): Promise<SweepResult> {
  const own = checkOptions('runSweep', KINDS, options);
  const result = await running.runSweep(spec, own);
  refuseIntroduced(own.out, result.introduced, own.strict);
  return result;
}

/** Plans a sweep and measures a first part of its first pass. Leaves nothing behind. */
export async function estimateSweep(spec: SweepSpec, options: WithNames<SweepOptions>): Promise<SweepEstimate> {
  return estimating.estimateSweep(spec, checkOptions('estimateSweep', KINDS, options));
}

/**
 * The next `count` variants that have no score and were not handed out before. Their folders are made, unless `noWrite`.
 * @returns fewer where the sweep has no more
 */
export async function askSweep(
  spec: SweepSpec,
  count: number,
  options: WithNames<SweepOptions>,
): Promise<AskedVariant[]> {
  const own = checkOptions('askSweep', KINDS, options);
  return asking.askSweep(spec, checkValue('askSweep', 'count', wholeNumber(1), count), own);
}

/**
 * Records scores made elsewhere and brings the report up to date. A line names a variant, or gives all its parameters.
 * @param path JSONL: {"variant": NAME, "scores": {…}} or {"parameters": {…}, "scores": {…}}
 * @returns how many
 * @throws SwizzleError 'usage' where `out` has no sweep; 'score' that names file and line; nothing is recorded then
 */
export async function tellSweep(spec: SweepSpec, path: string, options: WithNames<SweepOptions>): Promise<number> {
  const own = checkOptions('tellSweep', KINDS, options);
  return asking.tellSweep(spec, checkValue('tellSweep', 'path', text('the path of a JSONL file'), path), own);
}
