// Writes docs/report.jpg, the picture in SWEEPS.md, with the headless Chromium that is a development dependency:
//   npx swizzle sweep examples/sweep.yml -o sweeps/cocktail && node docs/report-picture.mjs sweeps/cocktail
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import chromium from '@sparticuz/chromium';
import { chromium as playwright } from 'playwright-core';

const [folder = 'sweeps/cocktail'] = process.argv.slice(2);
const browser = await playwright.launch({ executablePath: await chromium.executablePath(), args: chromium.args });
try {
  const page = await browser.newPage({ viewport: { width: 1320, height: 1500 } });
  await page.goto(pathToFileURL(resolve(folder, 'report.html')).href);
  await page.screenshot({ path: 'docs/report.jpg', type: 'jpeg', quality: 72 });
} finally {
  await browser.close();
}
