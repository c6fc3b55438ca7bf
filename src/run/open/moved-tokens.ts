import { modelText } from '../../models/open/model-text.ts';
import { vocabularyOf } from '../../models/open/vocabulary-facts.ts';
import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import type { Models } from '../../models/models.ts';

/**
 * A line for each model in which ids stand for other tokens than in the lead model: without a tokenizer section rows are merged by
 * their number. Models without a tokenizer.json are not compared.
 */
export async function movedTokens(lead: Checkpoint, names: readonly string[], models: Models): Promise<string[]> {
  const text = await textOf(lead);
  if (text === undefined) return [];
  const lines: string[] = [];
  let tokens: ReadonlyMap<number, string> | undefined;
  for (const name of names) {
    const model = models.get(name);
    if (model === undefined || model.label === lead.label) continue;
    const other = await textOf(model);
    if (other === undefined || other === text) continue;
    tokens ??= await tokensById(lead);
    const others = await tokensById(model);
    const moved = [...(tokens ?? [])].filter(([id, token]) => (others?.get(id) ?? token) !== token);
    const [[id = 0, token = ''] = []] = moved;
    if (moved.length === 0) continue;
    const count = moved.length === 1 ? '1 token id stands' : `${moved.length} token ids stand`;
    const such = `${id} is ${JSON.stringify(token)} in ${lead.label} and ${JSON.stringify(others?.get(id))} in ${name}`;
    lines.push(
      `${count} for other tokens in ${name} than in ${lead.label} (${such}), but rows are merged by id; ` +
        'tokenizer_source in the recipe merges them by token',
    );
  }
  return lines;
}

async function textOf(model: Checkpoint): Promise<string | undefined> {
  return modelText(model, 'tokenizer.json').catch(() => undefined);
}

async function tokensById(model: Checkpoint): Promise<ReadonlyMap<number, string> | undefined> {
  const vocabulary = await vocabularyOf(model);
  return vocabulary && new Map([...vocabulary.ids].map(([token, id]) => [id, token]));
}
