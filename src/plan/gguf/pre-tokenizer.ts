import { isRecord } from '../../models/checkpoint/header/repeated-key.ts';
import { unwritable } from './gguf-tasks.ts';

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|";
const REST = '| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const WORDS = '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|';
const UPPER = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const LOWER = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const OTHER = '[^\\r\\n\\p{L}\\p{N}]?';

/** How texts are split before BPE, by the pattern in tokenizer.json: llama.cpp's names for the same patterns. */
const PATTERNS: ReadonlyMap<string, string> = new Map([
  [`${CONTRACTIONS}${WORDS}\\p{N}{1,3}${REST}`, 'llama-bpe'],
  [`${CONTRACTIONS}${WORDS}\\p{N}${REST}`, 'qwen2'],
  [
    `${OTHER}${UPPER}*${LOWER}+|${OTHER}${UPPER}+${LOWER}*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
    'tekken',
  ],
]);

/**
 * The name that llama.cpp has for the way in which a byte-level tokenizer splits texts.
 * @param splitter `pre_tokenizer` of tokenizer.json
 * @param wanted the user's word for it
 * @throws SwizzleError 'checkpoint' for a way that is not known here
 */
export function preTokenizerName(splitter: unknown, wanted: string | undefined): string {
  if (wanted !== undefined) return wanted;
  const steps = stepsOf(splitter);
  const kinds = steps.map(({ type }) => String(type)).join(' ');
  const [first] = steps;
  // GPT-2's own pattern is inside ByteLevel
  const isPlain = steps.at(-1)?.['use_regex'] !== false;
  if (kinds === 'ByteLevel' && isPlain) return 'gpt-2';
  if (kinds === 'Digits ByteLevel' && isPlain && first?.['individual_digits'] === true) return 'smollm';
  const pattern = first?.['pattern'];
  const text = isRecord(pattern) ? pattern['Regex'] : undefined;
  const known = kinds === 'Split ByteLevel' && typeof text === 'string' && !isPlain ? PATTERNS.get(text) : undefined;
  if (known !== undefined) return known;
  throw unwritable(
    `tokenizer.json splits texts in a way (${kinds === '' ? 'none' : kinds}) that llama.cpp's names are not known for: ` +
      'give the name that it has there by --gguf-pre, such as llama-bpe, qwen2 or default',
  );
}

function stepsOf(splitter: unknown): Record<string, unknown>[] {
  if (!isRecord(splitter)) return [];
  const inner = splitter['pretokenizers'];
  return splitter['type'] === 'Sequence' && Array.isArray(inner) ? inner.filter(isRecord) : [splitter];
}
