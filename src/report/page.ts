import { type Chart, formatNumber, recipeAnchor } from './charts/chart.ts';
import { shown } from './charts/points.ts';
import { escapeHtml } from './escape.ts';
import { scoreOf } from './order.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import type { ReportRow, SweepReport } from './sweep-report.ts';

/** report.html: one page that needs nothing else, and works without JavaScript (then the table does not sort). */
export function reportPage(report: SweepReport, charts: readonly Chart[]): string {
  const title = escapeHtml(report.title);
  const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${title} · sweep</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="lead">${summary(report)}</p>
</header>
<main>
${leader(report)}
${charts.length > 0 ? `<section class="charts" aria-label="Charts">\n${charts.map(figure).join('\n')}\n</section>` : ''}
<section aria-labelledby="leaderboard-title">
<h2 id="leaderboard-title">Leaderboard</h2>
${table(report)}
</section>
<section aria-labelledby="recipes-title" class="recipes">
<h2 id="recipes-title">Recipes</h2>
${report.rows.map(recipe).join('\n')}
</section>
</main>
<p id="said" role="status" class="visually-hidden"></p>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function summary({ rows, objective, parameters }: SweepReport): string {
  const scored = rows.filter((row) => row.state === 'scored').length;
  const failed = rows.filter((row) => row.state === 'failed').length;
  const parts = [
    `${rows.length} variant${rows.length === 1 ? '' : 's'} over ${parameters.map((name) => `<b>${escapeHtml(name)}</b>`).join(', ')}`,
    objective &&
      `${scored} scored by <b>${escapeHtml(objective.metric)}</b> (${objective.goal === 'min' ? 'lower' : 'higher'} is better)`,
    failed > 0 && `${failed} failed`,
  ];
  return parts.filter(Boolean).join(' · ');
}

/** The best variant: its score, its parameters, its recipe to copy. */
function leader({ rows, objective, metrics }: SweepReport): string {
  const [best] = rows;
  const score = best && objective && scoreOf(best, objective.metric);
  if (best === undefined || objective === undefined || score === undefined) return '';
  const others = metrics
    .filter((metric) => metric !== objective.metric && best.scores?.[metric] !== undefined)
    .slice(0, 6)
    .map((metric) => item(`${metric} score`, formatNumber(best.scores?.[metric] ?? 0)));
  const parameters = Object.entries(best.parameters).map(([name, value]) => item(name, shown(value)));
  return `<section class="leader" aria-label="Best variant">
<div class="score"><span class="what">Best ${escapeHtml(objective.metric)}</span><strong>${formatNumber(score)}</strong></div>
<dl aria-label="parameters">${parameters.join('')}</dl>
${others.length > 0 ? `<dl class="metrics" aria-label="other scores">${others.join('')}</dl>` : ''}
${copyButton(best.variant)}
</section>`;
}

function item(name: string, value: string): string {
  return `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`;
}

function figure({ id, title, caption, svg }: Chart): string {
  return `<figure id="${escapeHtml(id)}">
<h2>${escapeHtml(title)}</h2>
${svg}
<figcaption>${escapeHtml(caption)}</figcaption>
</figure>`;
}

function table({ rows, parameters, metrics }: SweepReport): string {
  const head = (name: string, kind: string): string =>
    `<th scope="col" class="${kind}" data-sort="${kind}"><span>${escapeHtml(name)}</span></th>`;
  const cells = (row: ReportRow, rank: number): string =>
    [
      `<td class="number">${rank}</td>`,
      `<th scope="row"><a href="#${recipeAnchor(row.variant)}">${escapeHtml(row.variant)}</a></th>`,
      ...parameters.map((name) => cell(row.parameters[name])),
      ...metrics.map((metric) => cell(row.scores?.[metric])),
      `<td class="${escapeHtml(row.state)}">${escapeHtml(row.state)}</td>`,
    ].join('');
  const numeric = (name: string): string =>
    rows.every((row) => typeof row.parameters[name] === 'number') ? 'number' : 'text';
  const group = (name: string, count: number): string =>
    count > 0 ? `<th scope="colgroup" class="group" colspan="${count}">${name}</th>` : '';
  const groups = `<tr class="groups"><td colspan="2"></td>${group('parameters', parameters.length)}${group('scores', metrics.length)}<td></td></tr>`;
  return `<div class="scroll" tabindex="0" role="region" aria-labelledby="leaderboard-title">
<table id="leaderboard">
<thead>${groups}<tr>${head('#', 'number')}${head('variant', 'text')}${parameters.map((name) => head(name, numeric(name))).join('')}${metrics.map((metric) => head(metric, 'number')).join('')}${head('state', 'text')}</tr></thead>
<tbody>
${rows.map((row, index) => `<tr>${cells(row, index + 1)}</tr>`).join('\n')}
</tbody>
</table>
</div>`;
}

function cell(value: number | string | boolean | undefined): string {
  if (value === undefined) return '<td class="number">–</td>';
  if (typeof value !== 'number') return `<td>${escapeHtml(String(value))}</td>`;
  return `<td class="number" data-value="${value}">${formatNumber(value)}</td>`;
}

function recipe({ variant, recipe: text, failure }: ReportRow): string {
  const id = recipeAnchor(variant);
  const problem = failure === undefined ? '' : `<p class="failed">${escapeHtml(failure)}</p>`;
  return `<details><summary>${escapeHtml(variant)}</summary>
<div class="recipe" id="${id}">${problem}${copyButton(variant)}<pre><code>${escapeHtml(text)}</code></pre></div></details>`;
}

function copyButton(variant: string): string {
  return `<button type="button" class="copy" data-recipe="${recipeAnchor(variant)}" hidden>Copy recipe</button>`;
}
