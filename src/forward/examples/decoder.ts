import { SwizzleError } from '../../errors.ts';
import type { Program } from '../program.ts';
import type { ForwardResult } from '../run.ts';
import { predictAll, predictFrom, type Sequence } from '../sequences.ts';
import type { ScoredChoices } from './accuracy.ts';
import { choiceRequests } from './choice.ts';
import type { ChoiceExample, Example, ExampleSettings } from './example.ts';
import { type LossPart, type PreparedExamples, totalLoss } from './losses.ts';
import type { TextTokenizer } from './tokenizer.ts';
import { UniqueSequences } from './unique-sequences.ts';

const MAX_INPUT_LENGTH = 2048;

/** One example: its sequences by number, and what its choices are compared by. */
interface Placed {
  readonly group: string | undefined;
  readonly sequences: readonly number[];
  readonly choices: Omit<ScoredChoices, 'sums'> | undefined;
}

/**
 * Examples for a decoder. A pair is LM_Cocktail's: encode(input + ' ' + output) and the end token, of which the first
 * as many as encode(input) has are not predicted. What is longer than the maximum is cut at its end, multiple choices at
 * their beginning. The loss of a multiple choice is its right answer's. Equal sequences are computed once.
 * @throws SwizzleError 'usage' that names the example's place
 */
export function decoderExamples(
  examples: readonly Example[],
  program: Program,
  tokenizer: TextTokenizer | undefined,
  settings: ExampleSettings,
): PreparedExamples {
  const most = settings.maxInputLength ?? MAX_INPUT_LENGTH;
  const unique = new UniqueSequences();
  const add = (sequence: Sequence): number =>
    unique.add(JSON.stringify([sequence.tokens, sequence.targets]), () => sequence);
  const placed = examples.map((example, index): Placed => {
    const { group, place } = example;
    if (example.kind !== 'choice') {
      const sequence = checked(sequenceOf(example, tokenizer, most), place, program);
      return { group, sequences: [add(sequence)], choices: undefined };
    }
    if (tokenizer === undefined) throw new SwizzleError('internal', 'choices without a tokenizer');
    const length = Math.min(program.maxTokens, settings.maxInputLength ?? program.maxTokens);
    const requests = choiceRequests(example, tokenizer, program, length);
    return {
      group,
      sequences: requests.map(({ sequence }) => add(sequence)),
      choices: {
        index,
        group,
        answer: example.answer,
        characters: requests.map(({ characters }) => characters),
        bytes: requests.map(({ bytes }) => bytes),
      },
    };
  });
  return {
    sequences: unique.list,
    examples: examples.length,
    tokens: unique.list.reduce((sum, { tokens }) => sum + tokens.length, 0),
    predicted: unique.list.reduce((sum, { targets }) => sum + targets.length, 0),
    lossOf({ values }) {
      const losses = sequenceLosses(unique.list, values);
      const parts = placed.map(({ group, sequences, choices }): LossPart => {
        const own = sequences[choices?.answer ?? 0] ?? 0;
        return { sum: losses[own] ?? Number.NaN, count: unique.list[own]?.targets.length ?? 0, group };
      });
      const scored = placed.flatMap(({ sequences, choices }): ScoredChoices[] =>
        choices === undefined ? [] : [{ ...choices, sums: sequences.map((own) => -(losses[own] ?? Number.NaN)) }],
      );
      return totalLoss(parts, settings.batchSize, scored);
    },
  };
}

/** The summed loss of each sequence, in nats. */
function sequenceLosses(sequences: readonly Sequence[], values: ForwardResult['values']): number[] {
  let row = 0;
  return sequences.map(({ targets }) => {
    let sum = 0;
    for (const end = row + targets.length; row < end; row++) {
      const [top = 0, powers = 0, target = 0] = values.subarray(3 * row, 3 * row + 3);
      sum += top + Math.log(powers) - target;
    }
    return sum;
  });
}

function sequenceOf(
  example: Exclude<Example, ChoiceExample>,
  tokenizer: TextTokenizer | undefined,
  most: number,
): Sequence {
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
