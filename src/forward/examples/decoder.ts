import { SwizzleError } from '../../errors.ts';
import type { Program } from '../program.ts';
import { predictAll, predictFrom, type Sequence } from '../sequences.ts';
import type { Example } from './example.ts';
import { type PreparedExamples, totalLoss } from './losses.ts';
import type { ExampleSettings } from './settings.ts';
import type { TextTokenizer } from './tokenizer.ts';

const MAX_INPUT_LENGTH = 2048;

/**
 * Examples for a decoder. A pair is LM_Cocktail's: encode(input + ' ' + output) and the end token, of which the first
 * as many as encode(input) has are not predicted. What is longer than the maximum is cut.
 * @throws SwizzleError 'usage' that names the example's place
 */
export function decoderExamples(
  examples: readonly Example[],
  program: Program,
  tokenizer: TextTokenizer | undefined,
  settings: ExampleSettings,
): PreparedExamples {
  const most = settings.maxInputLength ?? MAX_INPUT_LENGTH;
  const sequences = examples.map((example) => checked(sequenceOf(example, tokenizer, most), example.place, program));
  return {
    sequences,
    examples: examples.length,
    tokens: sequences.reduce((sum, { tokens }) => sum + tokens.length, 0),
    predicted: sequences.reduce((sum, { targets }) => sum + targets.length, 0),
    lossOf({ values }) {
      let row = 0;
      const parts = sequences.map(({ targets }, index) => {
        let sum = 0;
        for (const end = row + targets.length; row < end; row++) {
          const [top = 0, powers = 0, target = 0] = values.subarray(3 * row, 3 * row + 3);
          sum += top + Math.log(powers) - target;
        }
        return { sum, count: targets.length, group: examples[index]?.group };
      });
      return totalLoss(parts, settings.batchSize);
    },
  };
}

function sequenceOf(example: Example, tokenizer: TextTokenizer | undefined, most: number): Sequence {
  const { place, kind } = example;
  const fail = (message: string): never => {
    throw new SwizzleError('usage', `${place}: ${message}`);
  };
  if (kind === 'contrast') return fail('a query with passages is for encoders; this model is a decoder');
  if (kind === 'tokens') {
    if (example.tokens.length < 2) fail(`expected 2 tokens or more, found ${example.tokens.length}`);
    return predictAll(example.tokens.slice(0, most));
  }
  if (tokenizer === undefined) throw new SwizzleError('internal', 'texts without a tokenizer');
  if (kind === 'text') {
    const tokens = tokenizer.encode(example.text).slice(0, most);
    if (tokens.length < 2) fail(`expected a text of 2 tokens or more, found ${tokens.length}`);
    return predictAll(tokens);
  }
  const { end } = tokenizer;
  if (end === undefined) return fail('needs an end token behind the output; the tokenizer names none');
  const prompt = tokenizer.encode(example.input).length;
  const tokens = [...tokenizer.encode(`${example.input} ${example.output}`), end].slice(0, most);
  // a sequence's first token is predicted by none
  const begin = Math.max(1, prompt);
  if (begin >= tokens.length) fail(`no output is left within ${most} tokens: the input alone has ${prompt}`);
  return predictFrom(tokens, begin);
}

/** @throws SwizzleError 'usage' for tokens that the model does not have, or more than it takes */
export function checked(sequence: Sequence, place: string, { vocabulary, maxTokens }: Program): Sequence {
  const { tokens } = sequence;
  const bad = tokens.find((token) => token >= vocabulary);
  if (bad !== undefined) {
    throw new SwizzleError('usage', `${place}: token ${bad} is not in the vocabulary of ${vocabulary}`);
  }
  if (tokens.length > maxTokens) {
    const hint = 'cut it with --max-input-length';
    throw new SwizzleError('usage', `${place}: ${tokens.length} tokens, the model takes ${maxTokens}; ${hint}`);
  }
  return sequence;
}
