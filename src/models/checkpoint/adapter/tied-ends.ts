import type { Checkpoint } from '../checkpoint.ts';
import { parseConfig } from '../architecture.ts';
import { isRecord } from '../header/repeated-key.ts';
import { isEmbedding, isHead } from '../names.ts';

/** An input embedding and an output head that are one matrix: their names in files. */
export interface TiedEnds {
  readonly embedding: string;
  /** The files need not hold it. */
  readonly head: string;
  /** The head's bias, where an untied head has one under another name: both names. */
  readonly bias?: readonly [tied: string, untied: string] | undefined;
  /** Whether the embedding is that of an encoder and a decoder. */
  readonly shared: boolean;
}

/** Model classes with an output head that can be tied to the embedding. */
const WITH_HEAD = /ForCausalLM|LMHead|ForConditionalGeneration|ForMaskedLM|ForPreTraining/;

/** Masked language models whose head has another name than `lm_head`. */
const MASKED_HEADS: readonly (readonly [family: RegExp, head: string, bias?: string])[] = [
  [
    /^(bert|mobilebert|roformer|big_bird|deberta-v2|deberta)$/,
    'cls.predictions.decoder.weight',
    'cls.predictions.bias',
  ],
  [/^distilbert$/, 'vocab_projector.weight'],
  [/^(roberta|xlm-roberta|xlm-roberta-xl|camembert|roberta-prelayernorm)$/, 'lm_head.decoder.weight', 'lm_head.bias'],
  [/^modernbert$/, 'decoder.weight'],
];

/** The tied ends of a model; undefined if it has none: an untied model, or one without a head. */
export function tiedEnds({ tensors, config }: Checkpoint): TiedEnds | undefined {
  const names = [...tensors.keys()];
  const [embedding, ...others] = names.filter((name) => isEmbedding(name));
  if (embedding === undefined || others.length > 0) return undefined;
  const root = parseConfig(config);
  const tied = tieFlag(root);
  const ownHead = names.find((name) => isHead(name));
  const shared = root?.['is_encoder_decoder'] === true;
  if (ownHead !== undefined) {
    // encoder-decoders say so of encoder and decoder, too
    return tied === true && !shared ? { embedding, head: ownHead, shared } : undefined;
  }
  const [architecture]: unknown[] = Array.isArray(root?.['architectures']) ? root['architectures'] : [];
  if (tied === false || (typeof architecture === 'string' && !WITH_HEAD.test(architecture))) return undefined;
  return { embedding, shared, ...headName(String(root?.['model_type']), names) };
}

/** `tie_word_embeddings`, of the text model where a config has several parts. */
function tieFlag(root: Readonly<Record<string, unknown>> | undefined): boolean | undefined {
  const text = root?.['text_config'];
  const found = [isRecord(text) ? text : undefined, root].map((one) => one?.['tie_word_embeddings']);
  return found.find((value) => typeof value === 'boolean');
}

/** What the files of a model of this family call a head that they do not hold. */
function headName(family: string, names: readonly string[]): Pick<TiedEnds, 'head' | 'bias'> {
  if (family === 'gpt_neox') return { head: 'embed_out.weight' };
  const [, masked, bias] = MASKED_HEADS.find(([pattern]) => pattern.test(family)) ?? [];
  if (masked !== undefined) {
    return { head: masked, bias: bias === undefined ? undefined : [bias, masked.replace(/weight$/, 'bias')] };
  }
  const inside = names.some((name) => name.startsWith('language_model.model.'));
  return { head: inside ? 'language_model.lm_head.weight' : 'lm_head.weight' };
}
