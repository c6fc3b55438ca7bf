import { leaderboard, type Goal } from '../../report/order.ts';
import type { ReportMetric, ReportRow, SweepReport } from '../../report/sweep-report.ts';
import { aloneOf } from '../axes/alone.ts';
import type { SweepSpec } from '../file/spec.ts';
import type { SweepState } from './state.ts';

/** The report of a sweep as it stands. */
export function toReport(spec: SweepSpec, state: SweepState, title: string): SweepReport {
  const { objective } = spec;
  const found = [...state.values()].map(({ variant, parameters, recipe, scores, failure, ...one }): ReportRow => {
    const { order, seconds } = one;
    const alone = aloneOf(recipe);
    return { variant, parameters, recipe, scores, state: one.state, failure: failure?.message, alone, order, seconds };
  });
  const rows = leaderboard(found, objective?.metric ?? '', objective?.goal ?? 'min');
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
