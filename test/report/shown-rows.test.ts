import test from 'ava';
import { drawCharts } from '../../src/report/charts/charts.ts';
import { reportPage } from '../../src/report/page/page.ts';
import { MOST_SHOWN, shownNote, shownRows } from '../../src/report/ranking.ts';
import type { ReportRow, SweepReport } from '../../src/report/sweep-report.ts';

/** Rows in order of their loss; the smallest `size` is that of a row far down, between two that are shown. */
function reportOf(count: number, smallest: number): SweepReport {
  const rows = Array.from({ length: count }, (_, index): ReportRow => {
    return {
      variant: `v${index}`,
      parameters: { a: index / count, b: (index * 7) % count },
      scores: { loss: 1 + index / count, size: index === smallest ? 0 : 1 + ((index * 13) % 101) },
      state: 'scored',
      failure: undefined,
      recipe: `recipe ${index}`,
      alone: undefined,
      examples: undefined,
      toLeader: undefined,
      toBase: undefined,
      order: count - index,
      seconds: 1,
    };
  });
  return {
    title: 'many',
    objective: { metric: 'loss', goal: 'min' },
    parameters: ['a', 'b'],
    simplex: undefined,
    metrics: ['loss', 'size'],
    pareto: [
      { metric: 'loss', goal: 'min' },
      { metric: 'size', goal: 'min' },
    ],
    rows,
  };
}

test('up to 2,000 rows are shown, all of them', (t) => {
  const report = reportOf(MOST_SHOWN, 5);
  t.deepEqual(
    shownRows(report),
    report.rows.map((_, index) => index),
  );
  t.is(shownNote(report), undefined);
  t.false(reportPage(report, []).includes('class="note"'));
});

test('of more the best, the Pareto front and evenly spaced ones, under their own ranks', async (t) => {
  const report = reportOf(10_000, 5003);
  const shown = shownRows(report);
  t.deepEqual(
    shown.slice(0, 1000),
    report.rows.slice(0, 1000).map((_, index) => index),
  );
  t.true(shown.includes(5003));
  const gaps = shown.slice(1000).map((index, at, rest) => index - (rest[at - 1] ?? 999));
  t.is(Math.max(...gaps), 9);
  t.true(shown.length <= MOST_SHOWN + 3, String(shown.length));
  const charts = await drawCharts(report);
  const page = reportPage(report, charts);
  t.is(page.match(/<tr data-variant=/g)?.length, shown.length);
  t.is(page.match(/<details data-variant=/g)?.length, shown.length);
  t.true(page.includes('aria-label="5004: '));
  t.regex(page, /<p class="note">2,0\d\d of 10,000 variants are shown here: the best 1,000, the Pareto front, and/);
  // every link of a chart leads to a recipe that is there
  const recipes = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
  const links = charts.flatMap(({ svg }) => [...svg.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id));
  t.true(links.length > shown.length);
  t.true(links.every((id) => recipes.has(id)));
  t.true(page.length < 6e6, String(page.length));
});
