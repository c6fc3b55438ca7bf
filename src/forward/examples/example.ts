import { contrastExamples } from './contrast.ts';
import { decoderExamples } from './decoder.ts';
import type { PreparedExamples } from './losses.ts';
import { openTokenizer } from './tokenizer.ts';
import type { Program } from '../program.ts';

/** How examples become losses; LM_Cocktail's names and defaults. */
export interface ExampleSettings {
  /** Examples whose loss is averaged first; among encoders, those whose passages are told apart. */
  readonly batchSize: number;
  /** Tokens that are kept of an example; undefined: 2,048 of a decoder's, 512 of an encoder's. */
  readonly maxInputLength: number | undefined;
  /** Negatives of each query. */
  readonly negatives: number;
  /** Random seed for choosing negatives where there are more; the merge's masks have their own. */
  readonly negativesSeed: number;
}

export const DEFAULT_SETTINGS: ExampleSettings = {
  batchSize: 2,
  maxInputLength: undefined,
  negatives: 7,
  negativesSeed: 0,
};

/** What a model is measured on, as a file of examples says it. */
export type Example = PlacedExample & (PairExample | TextExample | TokensExample | ContrastExample | Choices);

interface PlacedExample {
  /** For messages: "five.jsonl:3", or "examples.json: python[2]". */
  readonly place: string;
  /** Losses are also given for each group. */
  readonly group: string | undefined;
}

/** Decoders: the loss is the output's, given the input (LM_Cocktail). */
interface PairExample {
  readonly kind: 'pair';
  readonly input: string;
  readonly output: string;
}

/** Decoders: every token but the first is predicted. */
interface TextExample {
  readonly kind: 'text';
  readonly text: string;
}

/** The same as token ids, so that no tokenizer is needed. */
interface TokensExample {
  readonly kind: 'tokens';
  readonly tokens: readonly number[];
}

/** Encoders and rerankers: the first of `pos` is to be told from all other passages. */
interface ContrastExample {
  readonly kind: 'contrast';
  readonly query: string;
  readonly pos: readonly string[];
  readonly neg: readonly string[];
}

/** Decoders: which of several continuations the model finds most likely. */
interface Choices {
  readonly kind: 'choice';
  readonly context: string;
  /** Stands between context and choice, and does not count as part of the choice's length. */
  readonly delimiter: string;
  readonly choices: readonly string[];
  /** Index of the right choice. */
  readonly answer: number;
}

export type ChoiceExample = PlacedExample & Choices;

/** A file of examples, checked for form. */
export interface ExampleFile {
  readonly path: string;
  readonly examples: readonly Example[];
  /** SHA-256 of the file, in hexadecimal: what a model card tells of it. */
  readonly hash: string;
}

/**
 * Turns a file's examples into sequences for a model.
 * @param folder the model whose tokenizer is used; it is opened only where texts need it
 * @throws SwizzleError 'usage' that names an example's place; 'checkpoint' for want of a tokenizer
 */
export async function prepareExamples(
  { examples }: ExampleFile,
  program: Program,
  label: string,
  folder: string | undefined,
  settings: ExampleSettings,
): Promise<PreparedExamples> {
  if (program.kind === 'decoder') {
    const needed = examples.some(({ kind }) => kind !== 'tokens' && kind !== 'contrast');
    const tokenizer = needed ? await openTokenizer(label, folder) : undefined;
    return decoderExamples(examples, program, tokenizer, settings);
  }
  return contrastExamples(examples, program, await openTokenizer(label, folder), settings);
}
