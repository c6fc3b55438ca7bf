/**
 * The highest token id of a tokenizer.json, added tokens among them; undefined where the text is none. Of the vocabulary only
 * what is needed is looked at: it may hold hundreds of thousands of tokens.
 */
export function highestId(text: string): number | undefined {
  const root = parsed(text);
  if (!isRecord(root)) return undefined;
  const model = isRecord(root['model']) ? root['model'] : {};
  const { vocab } = model;
  let highest = -1;
  // Unigram: a list of [token, score]
  if (Array.isArray(vocab)) highest = vocab.length - 1;
  else if (isRecord(vocab)) {
    for (const id of Object.values(vocab)) if (typeof id === 'number' && id > highest) highest = id;
  }
  const added: unknown = root['added_tokens'];
  for (const token of Array.isArray(added) ? added : []) {
    const id: unknown = isRecord(token) ? token['id'] : undefined;
    if (typeof id === 'number' && id > highest) highest = id;
  }
  return highest < 0 ? undefined : highest;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
