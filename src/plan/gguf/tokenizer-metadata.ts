import { parseConfig } from '../../models/checkpoint/architecture.ts';
import type { GgufMetadata, GgufValue } from '../../models/checkpoint/gguf/encode-gguf.ts';
import { isRecord } from '../../models/checkpoint/header/repeated-key.ts';
import { chatTemplateOf } from '../../models/tokenizer/chat-templates.ts';
import { parseVocabulary, type Vocabulary } from '../../models/tokenizer/vocabulary.ts';
import type { GgufConfig } from './gguf-config.ts';
import { type GgufWanted, unwritable } from './gguf-tasks.ts';
import { preTokenizerName } from './pre-tokenizer.ts';
import { specialTokens } from './special-tokens.ts';

/** Kinds of tokens, as llama.cpp numbers them. */
const NORMAL = 1;
const UNKNOWN = 2;
const CONTROL = 3;
const USER_DEFINED = 4;
const UNUSED = 5;
const BYTE = 6;

/** Tokens that count as control tokens whatever a tokenizer calls them: llama.cpp's converter has the same list. */
const LOOKS_SPECIAL = /^(<pad>|<mask>|<2mass>|\[@BOS@\]|<\|.*\|>|<｜.*｜>|<unused\d+>)$/;

/** Scores that sentencepiece gives tokens which no merge makes. */
const ADDED_SCORE = -1000;
const UNUSED_SCORE = -10000;

const string = (value: string): GgufValue => ({ type: 'string', value });

/**
 * The tokenizer as llama.cpp takes it: byte-level BPE ("gpt2") with its merges, or sentencepiece's BPE ("llama") with a score a
 * token, of which the highest is merged first: minus the number of the first merge that makes it.
 * @param rows of the embedding: one a token, those without one are unused
 * @throws SwizzleError 'checkpoint' for a tokenizer of another kind, or more tokens than rows
 */
export function tokenizerMetadata(config: GgufConfig, { texts, pre }: GgufWanted, rows: number): GgufMetadata {
  const text = texts.get('tokenizer.json');
  if (text === undefined) throw unwritable('the model has no tokenizer.json; a recipe may name a tokenizer_source');
  const vocabulary = parseVocabulary('tokenizer.json', text);
  const root = parseConfig(text) ?? {};
  const { kind, size } = vocabulary;
  const model = isRecord(root['model']) ? root['model'] : {};
  if (kind !== 'BPE') throw unwritable(`its tokenizer is ${kind}, BPE is written`);
  if (size > rows) throw unwritable(`its tokenizer has ${size} tokens, its embedding ${rows} rows`);
  const merges = mergesOf(model['merges']);
  const isByteLevel = /"type"\s*:\s*"ByteLevel"/.test(JSON.stringify([root['pre_tokenizer'], root['decoder']]));
  const settings = parseConfig(texts.get('tokenizer_config.json')) ?? {};
  const template = chatTemplateOf((name) => texts.get(name));
  return [
    ...(isByteLevel ? byteLevel(root, vocabulary, merges, rows, pre) : pieces(root, vocabulary, merges, rows)),
    ...specialTokens(settings, root['post_processor'], vocabulary.ids, config),
    ...(template === undefined ? [] : [['tokenizer.chat_template', string(template)] as const]),
  ];
}

function byteLevel(
  root: Record<string, unknown>,
  vocabulary: Vocabulary,
  merges: readonly (readonly [string, string])[],
  rows: number,
  pre: string | undefined,
): GgufMetadata {
  const { tokens, types } = listed(vocabulary, rows);
  return [
    ['tokenizer.ggml.model', string('gpt2')],
    ['tokenizer.ggml.pre', string(preTokenizerName(root['pre_tokenizer'], pre))],
    ['tokenizer.ggml.tokens', { type: 'strings', value: tokens }],
    ['tokenizer.ggml.token_type', { type: 'i32s', value: types }],
    // a space in a part is written as byte-level BPE writes it
    ['tokenizer.ggml.merges', { type: 'strings', value: merges.map((pair) => pair.map(spaceless).join(' ')) }],
  ];
}

function pieces(
  root: Record<string, unknown>,
  vocabulary: Vocabulary,
  merges: readonly (readonly [string, string])[],
  rows: number,
): GgufMetadata {
  const { tokens, types } = listed(vocabulary, rows);
  const model = isRecord(root['model']) ? root['model'] : {};
  const made = new Map<string, number>();
  for (const [rank, [left, right]] of merges.entries()) {
    if (!made.has(left + right)) made.set(left + right, 0 - rank);
  }
  const scores: number[] = [];
  for (const [id, token] of tokens.entries()) {
    const isByte = /^<0x[0-9A-F]{2}>$/.test(token);
    if (types[id] === NORMAL && isByte) types[id] = BYTE;
    if (token === model['unk_token']) types[id] = UNKNOWN;
    // sentencepiece has the spaces of user-defined tokens as they are
    if (types[id] === USER_DEFINED) tokens[id] = token.replaceAll('▁', ' ');
    scores.push(scoreOf(types[id] ?? NORMAL, made.get(token) ?? -merges.length));
  }
  return [
    ['tokenizer.ggml.model', string('llama')],
    ['tokenizer.ggml.pre', string('default')],
    ['tokenizer.ggml.tokens', { type: 'strings', value: tokens }],
    ['tokenizer.ggml.scores', { type: 'f32s', value: scores }],
    ['tokenizer.ggml.token_type', { type: 'i32s', value: types }],
    ['tokenizer.ggml.add_space_prefix', { type: 'bool', value: hasPrefix(root) }],
  ];
}

function scoreOf(type: number, made: number): number {
  if (type === NORMAL) return made;
  if (type === UNUSED) return UNUSED_SCORE;
  return type === USER_DEFINED ? ADDED_SCORE : 0;
}

/** Tokens by id, and their kinds. */
function listed({ ids, added }: Vocabulary, rows: number): { readonly tokens: string[]; readonly types: number[] } {
  const tokens = Array.from({ length: rows }, (_, id) => `[PAD${id}]`);
  const types = tokens.map(() => UNUSED);
  for (const [content, id] of ids) {
    const token = added.get(content);
    tokens[id] = content;
    types[id] = token === undefined ? NORMAL : token.special || LOOKS_SPECIAL.test(content) ? CONTROL : USER_DEFINED;
  }
  return { tokens, types };
}

/** Whether texts get a space in front. */
function hasPrefix(root: Record<string, unknown>): boolean {
  const steps = JSON.stringify([root['normalizer'], root['pre_tokenizer']]);
  return /"type":"Prepend"|"prepend_scheme":"(always|first)"|"add_prefix_space":true/.test(steps);
}

/** Merges are "a b" in files of transformers before 4.45, ["a", "b"] since. */
function mergesOf(merges: unknown): [string, string][] {
  const list: unknown[] = Array.isArray(merges) ? merges : [];
  return list.map((one) => {
    const parts: unknown[] = typeof one === 'string' ? one.split(' ') : Array.isArray(one) ? one : [];
    const [left, right] = parts;
    if (typeof left !== 'string' || typeof right !== 'string' || parts.length !== 2) {
      throw unwritable(`tokenizer.json holds the merge ${JSON.stringify(one)}, expected two tokens`);
    }
    return [left, right];
  });
}

function spaceless(part: string): string {
  return part.replaceAll(' ', 'Ġ');
}
