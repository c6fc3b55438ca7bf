/** A jinja text of lines: transformers drops the line end behind a block, so that lines of blocks add nothing. */
const lines = (...text: readonly string[]): string => `${text.join('\n')}\n`;

/** Chat templates that a recipe may name, written anew after the formats that models are trained on. */
export const CHAT_TEMPLATES: ReadonlyMap<string, string> = new Map([
  [
    'chatml',
    lines(
      "{% for message in messages %}{{ '<|im_start|>' ~ message['role'] ~ '\\n' ~ message['content'] ~ '<|im_end|>\\n' }}{% endfor %}",
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
    ),
  ],
  [
    'alpaca',
    lines(
      '{% for message in messages %}',
      "{% set text = message['content'] | trim %}",
      "{% if message['role'] == 'system' %}{{ text ~ '\\n\\n' }}{% endif %}",
      "{% if message['role'] == 'user' %}{{ '### Instruction:\\n' ~ text ~ '\\n\\n' }}{% endif %}",
      "{% if message['role'] == 'user_context' %}{{ '### Input:\\n' ~ text ~ '\\n\\n' }}{% endif %}",
      "{% if message['role'] == 'assistant' %}{{ '### Response:\\n' ~ text ~ '\\n\\n' }}{% endif %}",
      '{% endfor %}',
      "{% if add_generation_prompt %}{{ '### Response:\\n' }}{% endif %}",
    ),
  ],
  [
    'llama3',
    lines(
      '{{ bos_token }}{% for message in messages %}',
      "{{ '<|start_header_id|>' ~ message['role'] ~ '<|end_header_id|>\\n\\n' ~ (message['content'] | trim) ~ '<|eot_id|>' }}{% endfor %}",
      "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}",
    ),
  ],
  [
    'mistral',
    lines(
      "{% set system = messages[0]['content'] ~ '\\n\\n' if messages[0]['role'] == 'system' else '' %}",
      "{% set turns = messages[1:] if messages[0]['role'] == 'system' else messages %}",
      '{{ bos_token }}{% for message in turns %}',
      "{% if message['role'] not in ['user', 'assistant'] or (message['role'] == 'user') != (loop.index0 % 2 == 0) %}",
      "{{ raise_exception('After an optional system message, roles must alternate: user, assistant, user, ...') }}",
      '{% endif %}',
      "{% if message['role'] == 'user' %}{{ ' [INST] ' ~ (system if loop.first else '') ~ message['content'] ~ ' [/INST]' }}{% else %}{{ ' ' ~ message['content'] ~ eos_token }}{% endif %}",
      '{% endfor %}',
    ),
  ],
  [
    'exaone',
    lines(
      '{% for message in messages %}',
      "{% if loop.first and message['role'] != 'system' %}{{ '[|system|][|endofturn|]\\n' }}{% endif %}",
      "{{ '[|' ~ message['role'] ~ '|]' ~ message['content'] ~ ('\\n' if message['role'] == 'user' else '[|endofturn|]\\n') }}{% endfor %}",
      "{% if add_generation_prompt %}{{ '[|assistant|]' }}{% endif %}",
    ),
  ],
]);

/**
 * The chat template in a model's files, wherever it is: chat_template.jinja, else tokenizer_config.json (one text, or several
 * with names, of which "default" counts), else chat_template.json.
 * @param textOf a file's text by its name
 */
export function chatTemplateOf(textOf: (name: string) => string | undefined): string | undefined {
  const jinja = textOf('chat_template.jinja');
  if (jinja !== undefined) return jinja;
  for (const file of ['tokenizer_config.json', 'chat_template.json']) {
    const template = templateIn(textOf(file));
    if (template !== undefined) return template;
  }
  return undefined;
}

function templateIn(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const root: unknown = JSON.parse(text);
    const found = typeof root === 'object' && root !== null && 'chat_template' in root ? root.chat_template : undefined;
    if (typeof found === 'string') return found;
    const named: unknown[] = Array.isArray(found) ? found : [];
    const chosen = named.find((one) => isNamed(one) && one.name === 'default') ?? named.find(isNamed);
    return isNamed(chosen) ? chosen.template : undefined;
  } catch {
    return undefined;
  }
}

function isNamed(value: unknown): value is { readonly name: string; readonly template: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'template' in value &&
    typeof value.template === 'string' &&
    'name' in value
  );
}

/** The template that most of the texts are, white space around them aside; the first of several as frequent ones. */
export function mostCommon(templates: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const template of templates) counts.set(template.trim(), (counts.get(template.trim()) ?? 0) + 1);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most?.[0];
}
