import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, SwizzleError } from '../errors.ts';
import { drawCharts } from './charts/charts.ts';
import { leaderboardCsv, leaderboardJson } from './leaderboard-file.ts';
import { reportPage } from './page/page.ts';
import type { SweepReport } from './sweep-report.ts';

/**
 * Writes leaderboard.csv, leaderboard.json, report.html and charts/*.svg into a folder; each file is replaced whole.
 * @returns their paths
 * @throws SwizzleError 'io' naming the file
 */
export async function writeReport(folder: string, report: SweepReport): Promise<string[]> {
  const charts = await drawCharts(report);
  const files: [string, string][] = [
    ['leaderboard.csv', leaderboardCsv(report)],
    ['leaderboard.json', leaderboardJson(report)],
    ['report.html', reportPage(report, charts)],
    ...charts.map(({ id, svg }): [string, string] => [join('charts', `${id}.svg`), `${svg}\n`]),
  ];
  await mkdir(join(folder, 'charts'), { recursive: true });
  const written: string[] = [];
  for (const [name, text] of files) {
    const path = join(folder, name);
    try {
      await writeFile(`${path}.partial`, text);
      await rename(`${path}.partial`, path);
    } catch (cause) {
      throw new SwizzleError('io', `${path}: ${messageOf(cause)}`, { cause, details: { path } });
    }
    written.push(path);
  }
  return written;
}
