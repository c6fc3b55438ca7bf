import type { ExecutionContext } from 'ava';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { writeReport } from '../../src/report/write-report.ts';
import { scoredReport } from '../support/sweep-report.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { testUnless } from '../support/test-unless.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const browserTest = testUnless(CHROMIUM === undefined ? 'there is no Chromium in /usr/bin' : undefined);

const AXE = readFileSync('node_modules/axe-core/axe.min.js', 'utf8');

const REPORT = scoredReport(
  '{ mix: { simplex: [base, py, c], steps: 4 } }',
  ['base', 'py', 'c'],
  ([base = 0, py = 0, c = 0]) => {
    if (base === 1) return undefined;
    return { loss: 2 + (py - 0.25) ** 2 + (c - 0.5) ** 2, python: 3 - py, c: 3 - c };
  },
);

interface OpenPage {
  readonly page: Page;
  /** What the console said, and requests but for the page itself. */
  readonly complaints: string[];
}

/** Opens report.html of the sweep above as a file, as users do. */
async function openReport(t: ExecutionContext, javaScriptEnabled = true): Promise<OpenPage> {
  const folder = await temporaryFolder(t);
  await writeReport(folder, REPORT);
  const browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
  t.teardown(() => browser.close());
  const context = await browser.newContext({ javaScriptEnabled, offline: true });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().endsWith('/report.html')) complaints.push(request.url());
  });
  await page.goto(pathToFileURL(join(folder, 'report.html')).href);
  return { page, complaints };
}

browserTest('the leaderboard sorts by any column, both ways, rows without a number last', async (t) => {
  const { page, complaints } = await openReport(t);
  const column = (index: number): Promise<string[]> =>
    page.locator(`#leaderboard tbody tr > :nth-child(${index})`).allTextContents();
  t.is(await page.locator('#leaderboard tbody tr').count(), 15);
  const heads = await page.locator('#leaderboard thead tr:last-child th').allTextContents();
  t.deepEqual(heads, ['#', 'loss', 'base', 'py', 'c', 'python', 'c', 'seconds', 'state', 'folder']);
  // as it opens, the objective's column says that it sorts
  t.is(await page.locator('th[aria-sort="ascending"]').textContent(), 'loss');
  t.true((await column(2)).slice(0, 14).every((text) => /^\d\.\d{4}$/.test(text)));
  const ranks = await column(1);
  t.deepEqual(
    ranks,
    Array.from({ length: 15 }, (_, index) => String(index + 1)),
  );
  await page.getByRole('button', { name: 'python' }).click();
  const rising = (await column(6)).slice(0, 14).map(Number);
  t.deepEqual(
    rising,
    [...rising].sort((a, b) => a - b),
  );
  t.not(rising[0], rising[13]);
  t.is((await column(6))[14], '–');
  t.is(await page.locator('th[aria-sort="ascending"]').textContent(), 'python');
  await page.getByRole('button', { name: 'python' }).click();
  t.deepEqual((await column(6)).slice(0, 14).map(Number), [...rising].reverse());
  t.is((await column(6))[14], '–');
  await page.getByRole('button', { name: '#' }).click();
  t.deepEqual(await column(1), ranks);
  t.deepEqual(complaints, []);
});

browserTest('recipes are copied, points of charts lead to them, and nothing is fetched', async (t) => {
  const { page, complaints } = await openReport(t);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.locator('.leader button.copy').click();
  await page.getByText('Copied').first().waitFor();
  t.is(await page.evaluate('navigator.clipboard.readText()'), REPORT.rows[0]?.recipe);
  t.regex(REPORT.rows[0]?.recipe ?? '', /^merge_method: linear\nmodels:\n  - model: <base> & co\n/);
  const charts = await page.locator('figure').evaluateAll((figures) => figures.map(({ id }) => id));
  t.deepEqual(charts, [
    'mix-base-py-c',
    'parallel',
    'pareto-python-c',
    'score-by-base',
    'score-by-py',
    'score-by-c',
    'importance',
    'history',
  ]);
  const point = page.locator('figure#mix-base-py-c a').nth(3);
  const target = (await point.getAttribute('href')) ?? '';
  await point.click();
  t.true(await page.locator(`[id="${target.slice(1)}"]`).isVisible());
  t.is(await page.locator('details[open]').count(), 1);
  t.regex(await page.locator('details[open] code').innerText(), /merge_method: linear/);
  t.is(await page.locator('h1').textContent(), 'cocktail <1>');
  t.deepEqual(complaints, []);
});

browserTest('without JavaScript: the table, the charts and the recipes are there, the buttons are not', async (t) => {
  const { page } = await openReport(t, false);
  t.is(await page.locator('#leaderboard tbody tr:visible').count(), 15);
  t.is(await page.locator('figure svg:visible').count(), 8);
  t.is(await page.locator('button:visible').count(), 0);
  await page.locator('details summary').first().click();
  t.regex(await page.locator('details[open] code').innerText(), /merge_method: linear/);
});

browserTest('fits a phone: nothing but the table scrolls sideways', async (t) => {
  const { page } = await openReport(t);
  for (const width of [360, 768, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    const [inner, outer] = (await page.evaluate(
      '[document.documentElement.scrollWidth, window.innerWidth]',
    )) as number[];
    t.is(inner, outer, `at ${width} px`);
  }
});

browserTest('axe finds nothing, in light and dark, on a phone and a desktop', async (t) => {
  for (const [width, colorScheme] of [
    [1400, 'light'],
    [1400, 'dark'],
    [390, 'light'],
  ] as const) {
    const { page } = await openReport(t);
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    // the page's own policy keeps foreign scripts out; this one is run by the debugger
    await page.evaluate(AXE);
    const violations = (await page.evaluate(
      'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html.slice(0, 90)).slice(0, 3).join(" | ")))',
    )) as string[];
    t.deepEqual(violations, [], `${width} ${colorScheme}`);
  }
});

browserTest('a chart is one Tab stop, arrows go from point to point, the skip link to the table', async (t) => {
  const { page } = await openReport(t);
  await page.keyboard.press('Tab');
  t.is(await page.evaluate('document.activeElement.textContent'), 'Skip to the leaderboard');
  const stops: string[] = [];
  for (let presses = 0; presses < 30 && stops.at(-1) !== 'table'; presses++) {
    await page.keyboard.press('Tab');
    const stop = (await page.evaluate(
      'document.activeElement.closest("figure")?.id ?? (document.activeElement.matches(".scroll") ? "table" : document.activeElement.className)',
    )) as string;
    stops.push(stop);
  }
  const figures = await page.locator('figure:has(a)').evaluateAll((all) => all.map(({ id }) => id));
  t.deepEqual(stops, ['copy', ...figures, 'table']);
  await page.locator('figure#mix-base-py-c a[tabindex="0"]').focus();
  const focused = (): Promise<unknown> => page.evaluate('document.activeElement.getAttribute("href")');
  const first = await focused();
  await page.keyboard.press('ArrowRight');
  t.not(await focused(), first);
  await page.keyboard.press('ArrowLeft');
  t.is(await focused(), first);
});

browserTest('pointing at a variant marks it in every chart, in the table and among the recipes', async (t) => {
  const { page } = await openReport(t);
  const row = page.locator('#leaderboard tbody tr').nth(2);
  await row.hover();
  const variant = await row.getAttribute('data-variant');
  const marked = await page
    .locator('.linked')
    .evaluateAll((all) => all.map((one) => one.closest('figure')?.id ?? one.tagName.toLowerCase()));
  for (const place of ['mix-base-py-c', 'parallel', 'pareto-python-c', 'score-by-py', 'history', 'tr', 'details']) {
    t.true(marked.includes(place), place);
  }
  t.is(await page.locator(`figure#history a.linked[href="#${variant}"]`).count(), 1);
  await page.locator('h1').hover();
  t.is(await page.locator('.linked').count(), 0);
});

browserTest('the head says by how much; a phone keeps scores and parameters; paper has the best recipe', async (t) => {
  const { page } = await openReport(t);
  const leads = await page.locator('.lead-by li').allTextContents();
  t.is(leads.length, 2);
  t.regex(leads[0] ?? '', /^−0\.\d{4} better than the runner-up \(2\.\d{4}\) {1,2}within the spread over python, c$/);
  t.regex(leads[1] ?? '', /^−\d\.\d{4} better than the best input, <c> & co \(/);
  await page.setViewportSize({ width: 360, height: 800 });
  const shown = await page.locator('#leaderboard thead tr:last-child th:visible').allTextContents();
  t.deepEqual(shown, ['#', 'loss', 'base', 'py', 'c']);
  t.false(await page.locator('.on-paper').isVisible());
  await page.emulateMedia({ media: 'print' });
  t.true(await page.locator('.on-paper').isVisible());
  t.is((await page.locator('.on-paper').innerText()).trimEnd(), (REPORT.rows[0]?.recipe ?? '').trimEnd());
  t.is(await page.locator('button.copy:visible').count(), 0);
});
