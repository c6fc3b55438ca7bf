import { SwizzleError } from '../../errors.ts';
import type { Program } from '../program.ts';
import { predictFrom, type Sequence } from '../sequences.ts';
import type { ChoiceExample } from './example.ts';
import type { TextTokenizer } from './tokenizer.ts';

/** What Python's str.rstrip strips: JavaScript's trimEnd keeps U+001C to U+001F and U+0085, and strips U+FEFF. */
const WHITE_SPACE_END =
  // oxlint-disable-next-line no-control-regex -- these control characters are white space in Python
  /[\t-\r\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/;

/** One choice of an example, ready to be scored. */
export interface ChoiceRequest {
  readonly sequence: Sequence;
  /** The choice's length as written: Unicode code points and UTF-8 bytes. */
  readonly characters: number;
  readonly bytes: number;
}

/**
 * The choices of a multiple-choice example as lm-evaluation-harness scores them (TemplateLM.loglikelihood and
 * HFLM._loglikelihood_tokens): white space at the end of the context moves to the choice, context and choice are tokenized
 * together, and the tokens after as many as the context alone has are predicted. An empty context is the beginning-of-text
 * token, or the end token. What is too long loses its beginning.
 * @param most tokens that the model is given at most
 * @throws SwizzleError 'usage' that names the example's place
 */
export function choiceRequests(
  example: ChoiceExample,
  tokenizer: TextTokenizer,
  program: Program,
  most: number,
): ChoiceRequest[] {
  return example.choices.map((choice, index) => {
    const fail = (message: string): never => {
      throw new SwizzleError('usage', `${example.place}: choice ${index}: ${message}`);
    };
    const { context, continuation } = encodePair(example, choice, tokenizer, fail);
    if (continuation.length === 0) fail('no token is left to predict: it is part of the context’s last token');
    if (continuation.length > most) fail(`${continuation.length} tokens, the model takes ${most}`);
    // the last token is only predicted, never given to the model
    const tokens = [...context, ...continuation].slice(-(most + 1));
    const bad = tokens.find((token) => token >= program.vocabulary);
    if (bad !== undefined) fail(`token ${bad} is not in the vocabulary of ${program.vocabulary}`);
    return {
      sequence: predictFrom(tokens, tokens.length - continuation.length, { isLastGiven: false }),
      characters: [...choice].length,
      bytes: Buffer.byteLength(choice, 'utf8'),
    };
  });
}

function encodePair(
  { context, delimiter }: ChoiceExample,
  choice: string,
  tokenizer: TextTokenizer,
  fail: (message: string) => never,
): { context: readonly number[]; continuation: readonly number[] } {
  if (choice === '') fail('is empty');
  if (context === '') {
    const prefix = tokenizer.begin ?? tokenizer.end;
    if (prefix === undefined) {
      return fail('the context is empty and the tokenizer has neither a beginning-of-text nor an end token');
    }
    const tokens = tokenizer.encodePlain(delimiter + choice);
    return { context: [prefix], continuation: tokens[0] === prefix ? tokens.slice(1) : tokens };
  }
  const space = WHITE_SPACE_END.exec(context)?.[0] ?? '';
  const stripped = context.slice(0, context.length - space.length);
  const head = tokenizer.encode(stripped);
  if (head.length === 0) fail('the context is only white space, which has no tokens of its own');
  const whole = tokenizer.encode(stripped + space + delimiter + choice);
  return { context: head, continuation: whole.slice(head.length) };
}
