import type { CheckedRecipe } from '../../plan/methods/check.ts';
import { leadModel, modelNamed } from '../../plan/match/match.ts';
import type { Models } from '../../models/models.ts';
import { setVocabularySize } from '../../models/tokenizer/config-vocabulary.ts';
import { cropRows } from '../../plan/vocabulary/crop.ts';
import { mergedModels } from '../../recipe/recipe.ts';
import { embeddingRows } from '../../models/tokenizer/vocabulary-tensors.ts';
import { highestId } from '../../models/tokenizer/highest-id.ts';
import { setTemplate } from '../../models/tokenizer/tokenizer-config.ts';
import { chooseChatTemplate } from './choose-chat-template.ts';
import { joinVocabularies } from './join-vocabularies.ts';
import { modelText } from '../../models/open/model-text.ts';
import { movedTokens } from './moved-tokens.ts';
import { withConfig } from './with-config.ts';

/** Models whose embeddings have rows for the same tokens, and what the output's folder gets for it. */
export interface SettledVocabulary {
  readonly models: Models;
  /** Files of the tokenizer that differ from those of the model that lends it. */
  readonly texts: readonly { readonly name: string; readonly text: string }[];
  /** Whether a side file would contradict them. */
  readonly withheld: (name: string) => boolean;
  readonly warnings: readonly string[];
}

const CONFIG = 'tokenizer_config.json';

/** Forms of a vocabulary that tokenizer.json repeats, and that lack tokens which are only there. */
const OTHER_FORMS = /^(vocab\.(json|txt)|merges\.txt|.*\.(model|tiktoken|spm|bpe))$/;

/**
 * Brings vocabularies together before tensors are matched: rows follow their tokens where the recipe has a tokenizer section;
 * else rows go by number, and models with more or fewer are cropped or filled up.
 * @throws SwizzleError 'checkpoint' for a tokenizer that is missing or broken; 'recipe' for tokens that are not there
 */
export async function settleVocabulary(checked: CheckedRecipe, models: Models): Promise<SettledVocabulary> {
  const { recipe } = checked;
  const settled = await settleRows(checked, models);
  const template = await chooseChatTemplate(checked, models);
  if (template === undefined) return settled;
  const lender =
    recipe.tokenizerSource === undefined ? leadModel(checked, models) : modelNamed(models, recipe.tokenizerSource);
  const config = settled.texts.find(({ name }) => name === CONFIG)?.text ?? (await modelText(lender, CONFIG));
  return {
    ...settled,
    texts: [
      ...settled.texts.filter(({ name }) => name !== CONFIG),
      ...(config === undefined ? [] : [{ name: CONFIG, text: setTemplate(config, template) }]),
      { name: 'chat_template.jinja', text: template },
    ],
    withheld: (name) => settled.withheld(name) || name === 'chat_template.json',
  };
}

async function settleRows(checked: CheckedRecipe, models: Models): Promise<SettledVocabulary> {
  const { recipe } = checked;
  if (recipe.tokenizer === undefined) {
    return { ...(await crop(checked, models)), texts: [], withheld: () => false };
  }
  const { grown, ...joined } = await joinVocabularies(recipe, recipe.tokenizer, leadModel(checked, models), models);
  return { ...joined, withheld: (name) => grown && OTHER_FORMS.test(name) };
}

async function crop(checked: CheckedRecipe, models: Models): Promise<Pick<SettledVocabulary, 'models' | 'warnings'>> {
  const { recipe, method } = checked;
  const base = method.base === 'computes' ? recipe.baseModel : undefined;
  const names = mergedModels(recipe).filter((name) => models.has(name));
  const lead = leadModel(checked, models);
  const { models: cropped, rows, warnings } = cropRows(models, names, base);
  const tokenizer = await modelText(lead, 'tokenizer.json').catch(() => undefined);
  const highest = tokenizer === undefined ? undefined : highestId(tokenizer);
  const left = rows ?? embeddingRows(lead);
  const tokens = (highest ?? -1) + 1;
  const short = `the tokenizer of ${lead.label} has token ids up to ${tokens - 1}, the output's embeddings only ${left} rows`;
  const other = recipe.sliced ? [] : await movedTokens(lead, names, models);
  const all =
    left === undefined || tokens <= left
      ? [...warnings, ...other]
      : [
          ...warnings,
          ...other,
          `${short}: texts with the others fail; tokenizer_source in the recipe makes rows for all`,
        ];
  if (rows === undefined) return { models, warnings: all };
  return { models: withConfig(cropped, lead, (text) => setVocabularySize(text, rows)), warnings: all };
}
