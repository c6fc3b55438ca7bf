import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { SweepReport } from '../../src/report/sweep-report.ts';
import { writeReport } from '../../src/report/write-report.ts';
import { temporaryFolder } from '../support/temporary.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const pageTest = CHROMIUM === undefined ? test.skip : test;
if (CHROMIUM === undefined) console.log('skipped: the page in a browser: Chromium is not installed');

/** Six variants over three parameters; best is the mixture in the middle. One failed. */
function exampleReport(): SweepReport {
  const shares = [
    [0, 0, 1],
    [0, 1, 0],
    [1, 0, 0],
    [0.4, 0.3, 0.3],
    [0, 0.5, 0.5],
    [0.5, 0.5, 0],
  ] as const;
  const rows = shares.map(([base, code, chat], i) => {
    const loss = (base - 0.4) ** 2 + (code - 0.3) ** 2 + (chat - 0.3) ** 2;
    return {
      variant: `v${i}`,
      parameters: { base, code, chat },
      state: i === 5 ? 'failed' : 'scored',
      failure: i === 5 ? 'score.py ended with code 1' : undefined,
      scores: i === 5 ? undefined : { loss, speed: 10 - i },
      recipe: `merge_method: linear # <v${i}> & more\n`,
    };
  });
  rows.sort((a, b) => (a.scores?.loss ?? Infinity) - (b.scores?.loss ?? Infinity));
  return {
    title: 'cocktail <test>',
    objective: { metric: 'loss', goal: 'min' },
    parameters: ['base', 'code', 'chat'],
    simplex: ['base', 'code', 'chat'],
    metrics: ['loss', 'speed'],
    pareto: [
      { metric: 'loss', goal: 'min' },
      { metric: 'speed', goal: 'max' },
    ],
    rows,
  };
}

/** The report in a browser; what its console says is collected in `said`. */
async function openReport(
  t: ExecutionContext,
  options: BrowserContextOptions,
): Promise<{ page: Page; said: string[] }> {
  const folder = await temporaryFolder(t);
  await writeReport(folder, exampleReport());
  const browser: Browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: ['--no-sandbox'] });
  t.teardown(() => browser.close());
  const context = await browser.newContext({ ...options, offline: true });
  const page = await context.newPage();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) said.push(`request: ${request.url()}`);
  });
  await page.goto(pathToFileURL(join(folder, 'report.html')).href);
  return { page, said };
}

const names = (page: Page): Promise<string[]> => page.locator('#leaderboard tbody th').allTextContents();

pageTest('the leaderboard sorts by every column, numbers as numbers, and what has none goes last', async (t) => {
  const { page, said } = await openReport(t, {});
  t.deepEqual(
    await names(page),
    ['v3', 'v4', 'v2', 'v1', 'v0', 'v5'].sort((a, b) => rank(a) - rank(b)),
  );
  const click = (column: string) => page.locator('#leaderboard thead button', { hasText: column }).click();
  await click('variant');
  t.deepEqual(await names(page), ['v0', 'v1', 'v2', 'v3', 'v4', 'v5']);
  await click('variant');
  t.deepEqual(await names(page), ['v5', 'v4', 'v3', 'v2', 'v1', 'v0']);
  await click('speed');
  t.deepEqual(await names(page), ['v4', 'v3', 'v2', 'v1', 'v0', 'v5'], '6 before 10');
  t.deepEqual(said, []);
});

/** Place in the report as it was written. */
function rank(variant: string): number {
  return exampleReport().rows.findIndex((row) => row.variant === variant);
}

pageTest('a recipe is copied as it is, and a point of a chart leads to its recipe', async (t) => {
  const { page, said } = await openReport(t, { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.locator('.leader button.copy').click();
  t.is(await page.locator('#said').textContent(), 'Copied');
  t.is(await page.evaluate('navigator.clipboard.readText()'), 'merge_method: linear # <v3> & more\n');
  t.is(await page.locator('details[open]').count(), 0);
  await page.locator('figure svg a').first().dispatchEvent('click');
  await page.locator('details[open]').waitFor();
  t.is(await page.locator('details[open]').count(), 1);
  t.deepEqual(said, []);
});

pageTest('without JavaScript everything can be read; on a phone nothing is wider than the screen', async (t) => {
  const { page, said } = await openReport(t, { javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
  t.is((await names(page)).length, 6);
  t.is(await page.locator('button.copy:visible').count(), 0);
  t.is(await page.locator('figure svg').count(), 6);
  const box = await page.locator('body').boundingBox();
  t.true((box?.width ?? 1000) <= 390);
  t.regex(await page.locator('.recipes').innerText(), /v3/);
  t.is(await page.title(), 'cocktail <test> · sweep');
  t.deepEqual(said, []);
});
