import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SPECIAL = ['<unk>', '<s>', '</s>'] as const;

/** Gives a model's folder a tokenizer of `vocabulary` tokens: words w0, w1, … between blanks, that transformers loads too. */
export function writeWordTokenizer(folder: string, vocabulary: number): void {
  const words = Array.from({ length: vocabulary - SPECIAL.length }, (_, i) => word(i));
  const vocab = Object.fromEntries([...SPECIAL, ...words].map((token, id) => [token, id]));
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL.map((content, id) => ({ id, content, ...flags })),
    normalizer: null,
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: null,
    decoder: null,
    model: { type: 'WordLevel', vocab, unk_token: SPECIAL[0] },
  };
  const [unknown, bos, eos] = SPECIAL;
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    unk_token: unknown,
    bos_token: bos,
    eos_token: eos,
    pad_token: eos,
  };
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
}

/** A text of so many of its words. */
export function wordText(words: number, seed: number, vocabulary: number): string {
  return Array.from({ length: words }, (_, i) =>
    word((i * 7919 + seed * 104_729) % (vocabulary - SPECIAL.length)),
  ).join(' ');
}

function word(index: number): string {
  return `w${index}`;
}
