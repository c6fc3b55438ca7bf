import type { CheckedRecipe } from '../../plan/methods/check.ts';
import { leadModel, modelNamed } from '../../plan/match/match.ts';
import type { Models } from '../../models/models.ts';
import { mergedModels } from '../../recipe/recipe.ts';
import { errorAt, parseYaml } from '../../recipe/yaml-error.ts';
import { CHAT_TEMPLATES, mostCommon } from '../../models/tokenizer/chat-templates.ts';
import { chatTemplateIn } from '../../models/open/model-text.ts';

/** Shorter texts, or texts without a brace, are names with a typing mistake: mergekit's rule. */
const SHORTEST_TEMPLATE = 20;

/**
 * The chat template that the output's tokenizer does not have by itself; undefined: it has the right one, or none is known.
 * Without a word in the recipe the tokenizer's own stays; where another model lends the tokenizer and has none, the lead
 * model's.
 * @throws SwizzleError 'recipe' for a name that is none
 */
export async function chooseChatTemplate(checked: CheckedRecipe, models: Models): Promise<string | undefined> {
  const { recipe } = checked;
  const wanted = recipe.chatTemplate;
  if (wanted === undefined) {
    const lender = recipe.tokenizerSource;
    if (lender === undefined || (await chatTemplateIn(modelNamed(models, lender))) !== undefined) return undefined;
    return chatTemplateIn(leadModel(checked, models));
  }
  if (wanted === 'auto') {
    const found: string[] = [];
    for (const name of mergedModels(recipe)) found.push((await chatTemplateIn(modelNamed(models, name))) ?? '');
    return mostCommon(found.filter((text) => text !== ''));
  }
  const named = CHAT_TEMPLATES.get(wanted);
  if (named !== undefined) return named;
  if (wanted.length >= SHORTEST_TEMPLATE && wanted.includes('{')) return wanted;
  const known = [...CHAT_TEMPLATES.keys()].join(', ');
  const expected = `expected auto, ${known} or a jinja template, found ${JSON.stringify(wanted)}`;
  throw errorAt(parseYaml(recipe.file, recipe.text), ['chat_template'], expected);
}
