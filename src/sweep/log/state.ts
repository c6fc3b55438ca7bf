import type { ExampleLosses } from '../../example-losses.ts';
import { type Goal, leaderboard } from '../../report/ranking.ts';
import type { ReportMetric, ReportRow, SweepReport } from '../../report/sweep-report.ts';
import { aloneOf } from '../axes/variant.ts';
import type { Assignment, SweepSpec } from '../file/spec.ts';
import { compareRows } from './compare-rows.ts';
import type { Scores, SweepEvent } from './events.ts';

/** Whether an event tells something that is not known yet: reports may come twice. */
export function isNews(state: SweepState, event: Exclude<SweepEvent, { event: 'sweep' }>): boolean {
  const known = state.get(event.variant);
  if (event.event === 'variant') return known === undefined;
  if (known === undefined) return false;
  switch (event.event) {
    case 'made':
      return !known.folder && known.state === 'waiting';
    case 'scored':
      return known.state !== 'scored';
    case 'failed':
      return known.state !== 'failed' && known.state !== 'scored';
    case 'deleted':
      return known.folder;
    case 'asked':
      return !known.asked;
    case 'retried':
      return known.state === 'failed';
  }
}

/** What is known of one variant. */
export interface VariantState {
  readonly variant: string;
  readonly parameters: Assignment;
  readonly recipe: string;
  /** waiting: nothing is there; made: its folder is complete; scored and failed are final. */
  readonly state: 'waiting' | 'made' | 'scored' | 'failed';
  /** Whether its folder is (or should be) there. */
  readonly folder: boolean;
  /** Whether --ask has handed it out. */
  readonly asked: boolean;
  readonly scores: Scores | undefined;
  readonly examples: ExampleLosses | undefined;
  readonly failure:
    | { readonly stage: 'merge' | 'score'; readonly message: string; readonly output: string }
    | undefined;
  /** Seconds that the scorer took. */
  readonly seconds: number | undefined;
  /** Which score of the sweep this was, from 1. */
  readonly order: number | undefined;
}

/** The variants of a sweep by name, in order of their first mention. */
export type SweepState = ReadonlyMap<string, VariantState>;

/** The state that events lead to. Of several logs, one may tell of variants that another names. */
export function stateOf(events: Iterable<SweepEvent>): Map<string, VariantState> {
  const state = new Map<string, VariantState>();
  const all = [...events];
  for (const event of all) if (event.event === 'variant') applyEvent(state, event);
  for (const event of all) if (event.event !== 'variant') applyEvent(state, event);
  return state;
}

/** Brings `state` up to date with one event more. An event of a variant that was never named is passed over. */
export function applyEvent(state: Map<string, VariantState>, event: SweepEvent): void {
  if (event.event === 'sweep') return;
  const { variant } = event;
  if (event.event === 'variant') {
    const { parameters, recipe } = event;
    const fresh = {
      asked: false,
      state: 'waiting',
      folder: false,
      scores: undefined,
      examples: undefined,
      failure: undefined,
      seconds: undefined,
      order: undefined,
    } as const;
    if (!state.has(variant)) state.set(variant, { variant, parameters, recipe, ...fresh });
    return;
  }
  const before = state.get(variant);
  if (before === undefined) return;
  switch (event.event) {
    case 'made':
      state.set(variant, { ...before, folder: true, state: before.state === 'scored' ? 'scored' : 'made' });
      return;
    case 'scored':
      state.set(variant, {
        ...before,
        state: 'scored',
        scores: event.scores,
        examples: event.examples,
        seconds: event.seconds,
        order: before.order ?? scoredSoFar(state) + 1,
        failure: undefined,
      });
      return;
    case 'failed': {
      const { stage, message, output } = event;
      state.set(variant, { ...before, state: 'failed', failure: { stage, message, output } });
      return;
    }
    case 'asked':
      state.set(variant, { ...before, asked: true });
      return;
    case 'retried':
      state.set(variant, { ...before, state: before.folder ? 'made' : 'waiting', failure: undefined });
      return;
    case 'deleted':
      state.set(variant, { ...before, folder: false, state: before.state === 'made' ? 'waiting' : before.state });
  }
}

function scoredSoFar(state: ReadonlyMap<string, VariantState>): number {
  let most = 0;
  for (const { order } of state.values()) most = Math.max(most, order ?? 0);
  return most;
}

/** The report of a sweep as it stands. */
export function toReport(spec: SweepSpec, state: SweepState, title: string): SweepReport {
  const { objective } = spec;
  const found = [...state.values()].map(({ variant, parameters, recipe, scores, failure, ...one }): ReportRow => {
    const { order, seconds } = one;
    const alone = aloneOf(recipe);
    return {
      variant,
      parameters,
      recipe,
      scores,
      state: one.state,
      failure: failure?.message,
      alone,
      order,
      seconds,
      examples: one.examples,
      toLeader: undefined,
      toBase: undefined,
    };
  });
  const rows = compareRows(leaderboard(found, objective?.metric ?? '', objective?.goal ?? 'min'), objective?.metric);
  const metrics = [...new Set(rows.flatMap((row) => Object.keys(row.scores ?? {})))];
  if (objective && metrics.includes(objective.metric)) {
    metrics.splice(metrics.indexOf(objective.metric), 1);
    metrics.unshift(objective.metric);
  }
  const axis = spec.axes.find((one) => one.kind === 'simplex' && one.simplex.parameters.length === 3);
  return {
    title,
    objective,
    parameters: [...new Set(rows.flatMap((row) => Object.keys(row.parameters)))],
    simplex: axis?.kind === 'simplex' ? axis.simplex.parameters : undefined,
    metrics,
    pareto: paretoAxes(spec, metrics),
    rows,
  };
}

/** The metrics that the sweep file names, else the first two beside the objective, else the objective and the other one. */
function paretoAxes(
  { pareto, objective }: SweepSpec,
  metrics: readonly string[],
): readonly [ReportMetric, ReportMetric] | undefined {
  const [first, second] = pareto ?? [];
  if (first && second) return [first, second];
  const others = metrics.filter((metric) => metric !== objective?.metric);
  const goal: Goal = objective?.goal ?? 'min';
  const [one, two] = others.length > 1 ? others : metrics;
  return one === undefined || two === undefined
    ? undefined
    : [
        { metric: one, goal },
        { metric: two, goal },
      ];
}
