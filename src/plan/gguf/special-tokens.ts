import type { GgufValue } from '../../models/checkpoint/gguf/encode-gguf.ts';
import { isRecord } from '../../models/checkpoint/header/repeated-key.ts';
import type { GgufConfig } from './gguf-config.ts';

/** Special tokens: transformers' words, and GGUF's keys (one is misspelt there). */
const KINDS: Readonly<Record<string, string>> = {
  bos: 'bos_token_id',
  eos: 'eos_token_id',
  unk: 'unknown_token_id',
  sep: 'seperator_token_id',
  pad: 'padding_token_id',
  mask: 'mask_token_id',
};

/**
 * Which tokens begin, end and fill texts, and whether a tokenizer adds them itself: as llama.cpp's converter finds them, in
 * tokenizer_config.json, then config.json; what is added also by the template in tokenizer.json.
 */
export function specialTokens(
  settings: Readonly<Record<string, unknown>>,
  template: unknown,
  ids: ReadonlyMap<string, number>,
  config: GgufConfig,
): [string, GgufValue][] {
  const found: [string, GgufValue][] = [];
  const contents = new Map<string, string>();
  for (const [kind, key] of Object.entries(KINDS)) {
    const entry = settings[`${kind}_token`];
    const content = isRecord(entry) ? entry['content'] : entry;
    const own = typeof content === 'string' ? ids.get(content) : undefined;
    if (typeof content === 'string') contents.set(kind, content);
    const id = own ?? config.number(`${kind}_token_id`);
    if (id !== undefined) found.push([`tokenizer.ggml.${key}`, { type: 'u32', value: id }]);
  }
  const { first, last } = ends(template);
  const added = {
    bos: first === undefined ? undefined : first === contents.get('bos'),
    eos: last === undefined ? undefined : last === contents.get('eos'),
  };
  for (const kind of ['bos', 'eos'] as const) {
    const said = settings[`add_${kind}_token`];
    const value = typeof said === 'boolean' ? said : added[kind];
    if (value !== undefined) found.push([`tokenizer.ggml.add_${kind}_token`, { type: 'bool', value }]);
  }
  return found;
}

/** The special tokens that a template puts before and behind one text. */
function ends(template: unknown): { readonly first: string | undefined; readonly last: string | undefined } {
  const processors: unknown[] = isRecord(template)
    ? Array.isArray(template['processors'])
      ? template['processors']
      : [template]
    : [];
  for (const processor of processors) {
    if (!isRecord(processor) || processor['type'] !== 'TemplateProcessing') continue;
    const single: unknown[] = Array.isArray(processor['single']) ? processor['single'] : [];
    if (single.length > 1) return { first: specialId(single[0]), last: specialId(single.at(-1)) };
  }
  return { first: undefined, last: undefined };
}

function specialId(piece: unknown): string | undefined {
  const token = isRecord(piece) ? piece['SpecialToken'] : undefined;
  const id = isRecord(token) ? token['id'] : undefined;
  return typeof id === 'string' ? id : undefined;
}
