import { relative } from 'node:path';
import { type Checkpoint, fileName } from '../../models/checkpoint/checkpoint.ts';
import { isTokenizerFile } from '../../models/checkpoint/files/model-files.ts';
import { listSideFiles, type SideFile, type SideFiles } from '../../models/checkpoint/files/side-files.ts';
import type { CheckedRecipe } from '../../plan/methods/check.ts';
import type { Models } from '../../models/models.ts';

/** The files that an output gets beside its weights, and what the user should hear of those it does not get. */
export interface LentFiles {
  readonly files: readonly SideFile[];
  readonly warnings: readonly string[];
}

const MOST_STRANGERS = 5;

/** The lead model's side files; the tokenizer's from `tokenizer_source` where the recipe names one. */
export async function sideFilesOf({ recipe }: CheckedRecipe, models: Models, lead: Checkpoint): Promise<LentFiles> {
  const own = await filesOf(lead);
  const warnings = [...own.refused, ...strangersLine(lead, own.strangers)];
  const source = recipe.tokenizerSource === undefined ? lead : (models.get(recipe.tokenizerSource) ?? lead);
  const folder = source.tokenizerFolder ?? source.folder;
  if (folder === undefined || folder === lead.folder) return { files: own.files, warnings };
  const other = source.tokenizerFolder === undefined ? await filesOf(source) : await listSideFiles(folder);
  const tokenizer = other.files.filter(({ name }) => isTokenizerFile(name));
  const files = [...own.files.filter(({ name }) => !isTokenizerFile(name)), ...tokenizer];
  return { files, warnings: [...new Set([...warnings, ...other.refused])] };
}

async function filesOf({ folder, shards }: Checkpoint): Promise<SideFiles> {
  if (folder === undefined) return { files: [], strangers: [], refused: [] };
  const weights = shards.flatMap(({ path }) => [fileName(path), relative(folder, path).replaceAll('\\', '/')]);
  return listSideFiles(folder, new Set(weights));
}

/** One line, however many there are. */
function strangersLine({ label }: Checkpoint, strangers: readonly string[]): string[] {
  if (strangers.length === 0) return [];
  const more = strangers.length - MOST_STRANGERS;
  const names = strangers.slice(0, MOST_STRANGERS).join(', ') + (more > 0 ? ` and ${more} more` : '');
  return [`${label}: left out of the output, as no part of a model: ${names}`];
}
