import { recipeAnchor } from '../charts/drawing.ts';
import { escapeHtml } from './escape.ts';
import { shortNames } from '../format.ts';
import { shownRows } from '../ranking.ts';
import type { SweepReport } from '../sweep-report.ts';

/** Every recipe, folded, under a name for people; the folder's name stands with it. */
export function recipesSection(report: SweepReport): string {
  const { rows } = report;
  const names = shortNames(rows.map(({ parameters }) => parameters));
  return shownRows(report)
    .flatMap((index) => {
      const row = rows[index];
      if (row === undefined) return [];
      const { variant, recipe, failure } = row;
      const id = recipeAnchor(variant);
      const problem = failure === undefined ? '' : `<p class="failed">${escapeHtml(failure)}</p>`;
      const code = `<pre tabindex="0" aria-label="Recipe ${index + 1}"><code>${escapeHtml(recipe)}</code></pre>`;
      return `<details data-variant="${id}"><summary>#${index + 1} ${escapeHtml(names[index] ?? '')}</summary>
<div class="recipe" id="${id}"><p class="folder">${escapeHtml(variant)}</p>${problem}${copyButton(variant)}${code}</div></details>`;
    })
    .join('\n');
}

export function copyButton(variant: string): string {
  return `<button type="button" class="copy" data-recipe="${recipeAnchor(variant)}" hidden>Copy recipe</button>`;
}
