import type { Answer, Request } from '../methods/work.ts';
import { CutoffsRun } from './cutoffs-run.ts';
import { GramRun } from './gram-run.ts';
import { DivergenceRun, NormsRun, OverlapRun } from './sum-runs.ts';
import type { StatisticRun, TensorForm } from './statistic-run.ts';

/** Requests that one run answers together have one key: what several variants of a sweep ask for is found once. */
function keyOf(request: Request): string {
  if (request.kind === 'gram') return `gram ${request.difference} ${request.per}`;
  if (request.kind === 'cutoffs') return `cutoffs ${request.value.kind}`;
  return request.kind === 'overlap' ? `overlap ${request.epsilon}` : request.kind;
}

/** Runs for requests on one tensor, and where each request's answer comes from. */
export interface Runs {
  readonly runs: readonly StatisticRun[];
  answer(request: Request): Answer;
}

export function makeRuns(form: TensorForm, requests: readonly Request[]): Runs {
  const byKey = new Map<string, Request[]>();
  for (const request of requests) byKey.set(keyOf(request), [...(byKey.get(keyOf(request)) ?? []), request]);
  const runs = new Map<string, StatisticRun>();
  for (const [key, own] of byKey) runs.set(key, makeRun(form, own));
  return {
    runs: [...runs.values()],
    answer(request): Answer {
      const run = runs.get(keyOf(request));
      if (run === undefined) throw new RangeError(`no run answers ${keyOf(request)}`);
      return run.answer(request);
    },
  };
}

function makeRun(form: TensorForm, requests: readonly Request[]): StatisticRun {
  const [first] = requests;
  if (first === undefined) throw new RangeError('a run needs a request');
  switch (first.kind) {
    case 'gram':
      return new GramRun(form, first);
    case 'cutoffs':
      return new CutoffsRun(form, first.value, requests);
    case 'norms':
      return new NormsRun(form, requests);
    case 'overlap':
      return new OverlapRun(form, first.epsilon);
    case 'divergence':
      return new DivergenceRun(form);
    case 'threshold':
      throw new RangeError('a threshold of the whole model is found before jobs run');
  }
}
