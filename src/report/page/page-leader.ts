import { type Distance, distancesOfLeader } from './by-how-much.ts';
import { formatNumber, recipeAnchor } from '../charts/drawing.ts';
import { shown } from '../charts/points.ts';
import { escapeHtml } from './escape.ts';
import { isBetter, scoreOf } from '../ranking.ts';
import { copyButton } from './page-recipes.ts';
import { scoreFormat, signed } from '../format.ts';
import type { SweepReport } from '../sweep-report.ts';

const MOST_SCORES = 6;

/** The best variant: its score, by how much it leads, its parameters, its recipe to copy (and, on paper, to read). */
export function leaderSection(report: SweepReport): string {
  const { rows, objective, metrics } = report;
  const [best] = rows;
  const score = best && objective && scoreOf(best, objective.metric);
  if (best === undefined || objective === undefined || score === undefined) return '';
  const format = scoreFormat(rows.flatMap((row) => scoreOf(row, objective.metric) ?? []));
  const others = metrics
    .filter((metric) => metric !== objective.metric && best.scores?.[metric] !== undefined)
    .slice(0, MOST_SCORES)
    .map((metric) => {
      const all = rows.flatMap((row) => scoreOf(row, metric) ?? []);
      return item(metric, scoreFormat(all)(best.scores?.[metric] ?? 0));
    });
  const parameters = Object.entries(best.parameters).map(([name, value]) => item(name, shown(value)));
  const distances = distancesOfLeader(report).map((one) => distance(one, objective.goal, format));
  return `<section class="leader" aria-label="Best variant" data-variant="${recipeAnchor(best.variant)}">
<div class="score"><span class="what">Best ${escapeHtml(objective.metric)}</span><strong>${format(score)}</strong></div>
<dl aria-label="parameters">${parameters.join('')}</dl>
${others.length > 0 ? `<dl class="metrics" aria-label="other scores">${others.join('')}</dl>` : ''}
${copyButton(best.variant)}
${distances.length > 0 ? `<ul class="lead-by" aria-label="By how much">${distances.join('')}</ul>` : ''}
<pre class="on-paper"><code>${escapeHtml(best.recipe)}</code></pre>
</section>`;
}

function item(name: string, value: string): string {
  return `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`;
}

/** "0.0412 better than the runner-up (2.9010)". */
function distance(
  { to, score, difference, error, doubt }: Distance,
  goal: 'min' | 'max',
  format: (n: number) => string,
): string {
  const apart = format(Math.abs(difference));
  const spread = error === undefined ? '' : ` ± ${formatNumber(error)}`;
  const better = isBetter(goal, score + difference, score);
  const words =
    difference === 0
      ? 'the same as'
      : `<b>${signed(format(difference))}${spread}</b> ${better ? 'better' : 'worse'} than`;
  const note = doubt === undefined ? '' : ` <span class="doubt">${escapeHtml(doubt)}</span>`;
  const tiny = Number(apart) === 0 && difference !== 0 ? ` (${formatNumber(difference)})` : '';
  return `<li>${words} ${escapeHtml(to)} (${format(score)})${tiny}${note}</li>`;
}
