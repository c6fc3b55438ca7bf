import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import { SwizzleError } from '../../errors.ts';
import { modelNamed } from '../../plan/match/match.ts';
import type { Models } from '../../models/models.ts';
import { chooseRows, type TokenModel } from '../../plan/vocabulary/choose-rows.ts';
import { setPerLayerVocabulary, setVocabularySize, takeTokenIds } from '../../models/tokenizer/config-vocabulary.ts';
import { resizeModels, resizeTables } from '../../plan/vocabulary/resize.ts';
import { embeddingRows } from '../../models/tokenizer/vocabulary-tensors.ts';
import { mergedModels, type Recipe } from '../../recipe/recipe.ts';
import type { TokenizerRecipe } from '../../recipe/tokenizer.ts';
import { addTokens } from '../../models/tokenizer/edit-tokenizer.ts';
import { newTokens, withTokens } from '../../models/tokenizer/vocabulary.ts';
import { addToDecoder, dropFromDecoder } from '../../models/tokenizer/tokenizer-config.ts';
import { modelText, type ModelTokenizer, readTokenizer } from '../../models/open/model-text.ts';
import { leftOutLines, tokensWithRows, withoutRowless } from './rowless-tokens.ts';
import { withConfig } from './with-config.ts';

/** Models whose rows are those of one vocabulary, and the files of its tokenizer that were changed. */
interface Joined {
  readonly models: Models;
  readonly texts: readonly { readonly name: string; readonly text: string }[];
  /** Whether tokens came to the tokenizer. */
  readonly grown: boolean;
  readonly warnings: readonly string[];
}

/**
 * Reads the tokenizers of all models and gives every embedding and head the rows of the output's vocabulary.
 * @param lead the model that lends config and, unless the recipe names another, the tokenizer
 */
export async function joinVocabularies(
  recipe: Recipe,
  tokenizer: TokenizerRecipe,
  lead: Checkpoint,
  models: Models,
): Promise<Joined> {
  const names = mergedModels(recipe);
  const rowsOf = (name: string): number => {
    const count = embeddingRows(modelNamed(models, name));
    if (count !== undefined) return count;
    throw new SwizzleError('mismatch', `${name}: has no input embedding that its tokenizer could go with`);
  };
  const read = new Map<string, ModelTokenizer>();
  for (const name of names) read.set(name, await readTokenizer(modelNamed(models, name)));
  const { source, tokens, padToMultipleOf } = tokenizer;
  const lender = typeof source === 'object' ? modelNamed(models, source.model) : lead;
  const own =
    [...read].find(([name]) => models.get(name)?.label === lender.label)?.[1] ?? (await readTokenizer(lender));
  const isUnion = source === 'union';
  const held = new Map([...read].map(([name, one]) => [one, tokensWithRows(one.vocabulary, rowsOf(name))]));
  // of a union's base only added tokens can be left out: merges need the others
  const base = isUnion && read.size > 0 ? withoutRowless(own, held.get(own)) : own;
  const others = isUnion ? [...read.values()].filter((one) => one !== own) : [];
  const added = newTokens(
    base.vocabulary,
    others.map((one) => held.get(one) ?? one.vocabulary),
    [...tokens.keys()],
  );
  const output = withTokens(base.vocabulary, added);
  const step = padToMultipleOf ?? 1;
  const rows = Math.ceil(output.size / step) * step;
  const tokenModels = [...read].map(([name, { vocabulary }]): TokenModel => ({ name, vocabulary, rows: rowsOf(name) }));
  const chosen = chooseRows(tokenModels, output, recipe.baseModel, tokens, rows);
  const ids = lender.label === lead.label ? undefined : await tokenIds(lender, lead);
  const { models: whole, rows: tableRows } = resizeTables(models, chosen.byModel);
  const resized = resizeModels(whole, chosen.byModel);
  const counts = (text: string): string => {
    const own = setVocabularySize(ids?.config(text) ?? text, rows);
    return tableRows === undefined ? own : setPerLayerVocabulary(own, tableRows);
  };
  return {
    models: withConfig(resized, lead, counts),
    texts: [...(await editedFiles(lender, own, base, added)), ...(ids?.texts ?? [])],
    grown: added.length > 0 || base !== own,
    warnings: [...(isUnion ? leftOutLines(read, output) : []), ...chosen.warnings],
  };
}

/** The lender's tokenizer files with the tokens that came to them. */
async function editedFiles(
  lender: Checkpoint,
  own: ModelTokenizer,
  { text, vocabulary }: ModelTokenizer,
  added: ReturnType<typeof newTokens>,
): Promise<Joined['texts']> {
  if (added.length === 0 && text === own.text) return [];
  const config = await modelText(lender, 'tokenizer_config.json');
  return [
    { name: 'tokenizer.json', text: addTokens(text, added) },
    ...(config === undefined
      ? []
      : [{ name: 'tokenizer_config.json', text: addToDecoder(dropFromDecoder(config, vocabulary.size), added) }]),
  ];
}

/** The ids of special tokens in the lead's configs, after the model whose tokenizer the output has. */
async function tokenIds(
  lender: Checkpoint,
  lead: Checkpoint,
): Promise<{ readonly config: (text: string) => string; readonly texts: Joined['texts'] }> {
  const name = 'generation_config.json';
  const [own, other] = [await modelText(lead, name), await modelText(lender, name)];
  const { config = '{}' } = lender;
  return {
    config: (text) => takeTokenIds(text, config),
    texts: own === undefined ? [] : [{ name, text: takeTokenIds(own, other ?? config) }],
  };
}
