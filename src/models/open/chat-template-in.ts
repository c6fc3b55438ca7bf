import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { chatTemplateOf } from '../tokenizer/chat-templates.ts';
import { modelText } from './model-text.ts';

const FILES = ['chat_template.jinja', 'tokenizer_config.json', 'chat_template.json'];

/** The chat template in a model's folder, wherever it is there. */
export async function chatTemplateIn(model: Checkpoint): Promise<string | undefined> {
  const texts = new Map<string, string | undefined>();
  for (const name of FILES) texts.set(name, await modelText(model, name));
  return chatTemplateOf((name) => texts.get(name));
}
