import { SwizzleError } from '../../errors.ts';
import type { TokenSetting } from '../../recipe/tokenizer.ts';
import type { Vocabulary } from '../../models/tokenizer/vocabulary.ts';

/** Row `row` of a model's embedding. */
export interface ModelRow {
  readonly model: string;
  readonly row: number;
}

/** Where a row of an embedding comes from: the mean of these; none: zeros. `pad`: the mean of all rows of the operand. */
export type RowChoice = readonly ModelRow[] | 'pad';

/** One object, so that all such rows are the same one. */
const ZEROS: RowChoice = [];

/** A model with its vocabulary; tokens whose id is `rows` or more have no row. */
export interface TokenModel {
  readonly name: string;
  readonly vocabulary: Vocabulary;
  readonly rows: number;
}

/** For each model, by name, where each row of the output's embeddings comes from in its operand. */
export interface RowChoices {
  readonly byModel: ReadonlyMap<string, readonly RowChoice[]>;
  readonly warnings: readonly string[];
}

/**
 * mergekit's rules. A model's own row stays unless it is forced out. A token that a model lacks gets what the recipe says;
 * else the row of the base model; of the only model that has it; the mean of those that have it; zeros.
 * @param base the base model, if the recipe names one
 * @param settings the recipe's `tokens`
 * @param rows of the output; those without a token are the mean of all others
 * @throws SwizzleError 'recipe' where the recipe names a token that its model has not
 */
export function chooseRows(
  models: readonly TokenModel[],
  output: Vocabulary,
  base: string | undefined,
  settings: ReadonlyMap<string, TokenSetting>,
  rows: number,
): RowChoices {
  const nowhere: string[] = [];
  const choicesOf = models.map(() => Array.from({ length: rows }, (): RowChoice => 'pad'));
  for (const [token, id] of output.ids) {
    const own = models.map(({ name, vocabulary, rows }): ModelRow | undefined => {
      const row = vocabulary.ids.get(token);
      return row === undefined || row >= rows ? undefined : { model: name, row };
    });
    const present = own.filter((row) => row !== undefined);
    const setting = settings.get(token);
    const told = setting?.source && toldRow(token, setting.source, models);
    const ofBase = present.find(({ model }) => model === base);
    const given = told ?? (ofBase && present.length > 1 ? [ofBase] : present);
    const common: RowChoice = given.length === 0 ? ZEROS : given;
    if (common.length === 0 && told === undefined) nowhere.push(token);
    const isForced = setting?.force === true && told !== undefined;
    choicesOf.forEach((choices, index) => {
      const kept = isForced ? undefined : own[index];
      choices[id] = kept === undefined ? common : [kept];
    });
  }
  const byModel = new Map(models.map(({ name }, index) => [name, choicesOf[index] ?? []]));
  return { byModel, warnings: nowhere.length === 0 ? [] : [nowhereLine(nowhere)] };
}

function nowhereLine(tokens: readonly string[]): string {
  const names = tokens.slice(0, 5).map((token) => JSON.stringify(token));
  const more = tokens.length > names.length ? ` and ${tokens.length - names.length} more` : '';
  return `no model has a row for token ${names.join(', ')}${more}: filled with zeros`;
}

/** The row that the recipe asks for; empty: zeros. */
function toldRow(
  token: string,
  source: NonNullable<TokenSetting['source']>,
  models: readonly TokenModel[],
): readonly ModelRow[] {
  if (source.kind === 'zero') return [];
  const where = `tokenizer.tokens[${JSON.stringify(token)}]`;
  const model = models.find(({ name }) => name === source.model);
  if (model === undefined) {
    throw new SwizzleError('recipe', `${where}: model ${source.model} is not part of the merge`);
  }
  const wanted = source.kind === 'model' ? token : (source.token ?? source.tokenId);
  const row = typeof wanted === 'string' ? model.vocabulary.ids.get(wanted) : wanted;
  if (row === undefined)
    throw new SwizzleError('recipe', `${where}: ${source.model} has no token ${JSON.stringify(wanted)}`);
  if (row >= model.rows) {
    throw new SwizzleError('recipe', `${where}: ${source.model} has ${model.rows} rows, no row ${row}`);
  }
  return [{ model: model.name, row }];
}
