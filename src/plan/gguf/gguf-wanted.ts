import type { GgufType } from '../../models/checkpoint/gguf/element-types.ts';
import { SwizzleError } from '../../errors.ts';

/** A GGUF file as output, as asked for. */
export interface GgufWishes {
  /** Of matrices; norms and biases are F32. By default what the merge's dtype is. */
  readonly type?: GgufType | undefined;
  /** `tokenizer.ggml.pre`, where the tokenizer does not tell: how llama.cpp splits text before BPE. */
  readonly pre?: string | undefined;
}

/** The same with what is known of the model beside its weights. */
export interface GgufWanted extends GgufWishes {
  /** `general.name`. */
  readonly name: string;
  /** The tokenizer's files, by name. */
  readonly texts: ReadonlyMap<string, string>;
}

/** @param what cannot be written, and why */
export function unwritable(what: string): SwizzleError {
  return new SwizzleError('checkpoint', `cannot be written as GGUF: ${what}`);
}
