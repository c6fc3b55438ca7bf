import { importances } from '../importance.ts';
import type { SweepReport } from '../sweep-report.ts';
import { axisChart } from './axis-chart.ts';
import { type Chart, loadDrawing } from './drawing.ts';
import { heatMap } from './heat-map.ts';
import { historyChart } from './history.ts';
import { importanceChart } from './importance-chart.ts';
import { parallelChart } from './parallel.ts';
import { paretoChart } from './pareto-chart.ts';
import { chartPoints, variedParameters } from './points.ts';
import { ternaryChart } from './ternary.ts';

/** More parameters than this crowd the parallel coordinates. */
const MOST_PARALLEL = 8;

/** Every chart that the sweep has data for. */
export async function drawCharts(report: SweepReport): Promise<Chart[]> {
  const { objective, simplex, pareto } = report;
  const points = chartPoints(report);
  if (objective === undefined || points.length < 2) return [];
  const drawing = await loadDrawing();
  const varied = variedParameters(points, report.parameters);
  const names = varied.map(({ name }) => name);
  const [first, second, third] = simplex ?? [];
  const charts: Chart[] = [];
  if (first !== undefined && second !== undefined && third !== undefined) {
    charts.push(ternaryChart(drawing, points, [first, second, third], objective));
  }
  if (names.length === 2) charts.push(heatMap(drawing, points, [names[0] ?? '', names[1] ?? ''], objective));
  if (names.length > 2) charts.push(parallelChart(drawing, points, names.slice(0, MOST_PARALLEL), objective));
  if (pareto) charts.push(paretoChart(drawing, points, pareto));
  for (const parameter of varied) charts.push(axisChart(drawing, points, parameter, objective));
  const found = importances(report);
  if (found.length > 1) charts.push(importanceChart(drawing, found, objective.metric));
  if (points.filter(({ order }) => order !== undefined).length > 2) {
    charts.push(historyChart(drawing, points, report.rows, objective));
  }
  return charts;
}
