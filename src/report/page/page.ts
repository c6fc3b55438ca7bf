import type { Chart } from '../charts/drawing.ts';
import { leaderSection } from './page-leader.ts';
import { recipesSection } from './page-recipes.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import { leaderboardTable } from './page-table.ts';
import { escapeHtml } from './escape.ts';
import { shownNote } from '../ranking.ts';
import type { SweepReport } from '../sweep-report.ts';

/** report.html: one page that needs nothing else, and works without JavaScript (then the table does not sort). */
export function reportPage(report: SweepReport, charts: readonly Chart[]): string {
  const title = escapeHtml(report.title);
  const note = shownNote(report);
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
<a class="skip" href="#leaderboard-title">Skip to the leaderboard</a>
<header>
<h1>${title}</h1>
<p class="lead">${summary(report)}</p>
</header>
<main>
${leaderSection(report)}
${charts.length > 0 ? `<section class="charts" aria-label="Charts">\n${charts.map(figure).join('\n')}\n</section>` : ''}
<section aria-labelledby="leaderboard-title">
<h2 id="leaderboard-title" tabindex="-1">Leaderboard</h2>
${note === undefined ? '' : `<p class="note">${escapeHtml(note)}</p>`}
${leaderboardTable(report)}
</section>
<section aria-labelledby="recipes-title" class="recipes">
<h2 id="recipes-title">Recipes</h2>
${recipesSection(report)}
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

function figure({ id, title, caption, svg }: Chart): string {
  return `<figure id="${escapeHtml(id)}">
<h2>${escapeHtml(title)}</h2>
${svg}
<figcaption>${escapeHtml(caption)}</figcaption>
</figure>`;
}
