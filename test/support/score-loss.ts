import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What LM_Cocktail computed: mean loss by model, or mix, and domain. */
export interface CocktailReference {
  readonly perDomainLoss: Record<string, Record<string, number>>;
  readonly mixes: Record<string, { readonly weights: Record<string, number>; readonly loss: Record<string, number> }>;
}

export const COCKTAIL = 'fixtures/mini-cocktail';

export async function cocktailReference(): Promise<CocktailReference> {
  return JSON.parse(await readFile(join(COCKTAIL, 'reference.json'), 'utf8')) as CocktailReference;
}

/** Runs examples/score-loss.mjs on all windows of one domain; `folder` is for its windows. */
export async function lossOf(model: string, domain: string, folder: string): Promise<Record<string, number>> {
  const windows = JSON.parse(await readFile(join(COCKTAIL, 'windows.json'), 'utf8')) as Record<string, number[][]>;
  const path = join(folder, `${domain}.json`);
  await writeFile(path, JSON.stringify({ [domain]: windows[domain] }));
  const { stdout } = await promisify(execFile)(process.execPath, ['examples/score-loss.mjs', model, '--windows', path]);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, number>;
}
