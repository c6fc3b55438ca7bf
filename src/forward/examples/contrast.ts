import { createHash } from 'node:crypto';
import { SwizzleError } from '../../errors.ts';
import type { Program } from '../program.ts';
import type { ForwardResult } from '../run.ts';
import { checked } from './decoder.ts';
import type { Example, ExampleSettings } from './example.ts';
import { type LossPart, type PreparedExamples, totalLoss } from './losses.ts';
import type { TextTokenizer } from './tokenizer.ts';
import { UniqueSequences } from './unique-sequences.ts';

const MAX_INPUT_LENGTH = 512;

/** Of the products of normalised embeddings (LM_Cocktail). A reranker's scores are logits as they are. */
const TEMPERATURE = 0.05;

/** A query of a batch, and which of the batch's passages answers it. */
interface Query {
  readonly group: string | undefined;
  /** For each passage of the batch, the two sequences that are compared (encoder), or the one that is scored. */
  readonly own: number;
  readonly passages: readonly number[];
  readonly answer: number;
}

/**
 * Examples for an encoder or reranker, as LM_Cocktail: of each example the query, its first positive and some negatives;
 * a query's scores with all passages of its batch, cross entropy with its own positive. Texts that are the same are
 * computed once.
 * @throws SwizzleError 'usage' that names the example's place
 */
export function contrastExamples(
  examples: readonly Example[],
  program: Program,
  tokenizer: TextTokenizer,
  settings: ExampleSettings,
): PreparedExamples {
  const most = settings.maxInputLength ?? MAX_INPUT_LENGTH;
  const isReranker = program.kind === 'reranker';
  const sequences = new UniqueSequences();
  const encode = (text: string, place: string): number =>
    sequences.add(JSON.stringify(text), () => {
      const tokens = cut(tokenizer.encode(text), most);
      return checked({ tokens, picked: [0], targets: [] }, place, program);
    });
  const encodePair = (query: string, passage: string, place: string): number =>
    sequences.add(JSON.stringify([query, passage]), () => {
      const pair = tokenizer.encodePair(query, passage);
      const tokens = cut(pair.tokens, most);
      const types = program.segments ? pair.types.slice(0, most) : undefined;
      return checked({ tokens, types, picked: [0], targets: [] }, place, program);
    });
  const queries: Query[] = [];
  for (let begin = 0; begin < examples.length; begin += settings.batchSize) {
    const batch = examples.slice(begin, begin + settings.batchSize).map((example) => contrastOf(example, program));
    const passages = batch.map(({ pos, neg, query }) => [pos[0] ?? '', ...choose(neg, query, settings)]);
    for (const [index, { query, place, group }] of batch.entries()) {
      const answer = passages.slice(0, index).reduce((sum, { length }) => sum + length, 0);
      const all = passages.flat();
      if (isReranker) {
        queries.push({ group, own: 0, passages: all.map((text) => encodePair(query, text, place)), answer });
      } else {
        const texts = all.map((text) => encode(text, place));
        queries.push({ group, own: encode(query, place), passages: texts, answer });
      }
    }
  }
  return {
    sequences: sequences.list,
    examples: examples.length,
    tokens: sequences.list.reduce((sum, { tokens }) => sum + tokens.length, 0),
    predicted: queries.length,
    lossOf(result) {
      const score = isReranker ? scoreReader(result) : similarityReader(result);
      const parts = queries.map((query): LossPart => {
        const scores = query.passages.map((passage) => score(query.own, passage));
        return { sum: crossEntropy(scores, query.answer), count: 1, group: query.group };
      });
      return totalLoss(parts, settings.batchSize);
    },
  };
}

function contrastOf(example: Example, { kind }: Program): Extract<Example, { kind: 'contrast' }> {
  if (example.kind === 'contrast') return example;
  const expected = 'expected {"query", "pos": […], "neg": […]}';
  throw new SwizzleError(
    'usage',
    `${example.place}: ${expected}: this model is ${kind === 'encoder' ? 'an' : 'a'} ${kind}`,
  );
}

/**
 * As many negatives as asked for, chosen by a hash of seed, query and place, so that a choice does not depend on what
 * else is in the file; where there are fewer, the list is taken several times over, as LM_Cocktail does.
 */
function choose(neg: readonly string[], query: string, { negatives, negativesSeed }: ExampleSettings): string[] {
  const times = Math.max(1, Math.ceil(negatives / neg.length));
  const pool = Array.from({ length: times }, () => neg).flat();
  if (pool.length <= negatives) return pool;
  const drawn = pool.map((text, index) => {
    const key = createHash('sha256')
      .update(JSON.stringify([negativesSeed, query, index]))
      .digest('hex');
    return { text, index, key };
  });
  return drawn
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .slice(0, negatives)
    .sort((a, b) => a.index - b.index)
    .map(({ text }) => text);
}

/** Cut to `most` tokens; the last stays the tokenizer's closing token. */
function cut(tokens: readonly number[], most: number): number[] {
  if (tokens.length <= most) return [...tokens];
  return [...tokens.slice(0, most - 1), ...tokens.slice(-1)];
}

type ReadScore = (own: number, passage: number) => number;

function scoreReader({ values }: ForwardResult): ReadScore {
  return (_, pair) => values[pair] ?? Number.NaN;
}

function similarityReader({ values, width }: ForwardResult): ReadScore {
  const unit = Array.from({ length: values.length / width }, (_, row) => {
    const own = Float64Array.from(values.subarray(row * width, (row + 1) * width));
    const length = Math.sqrt(own.reduce((sum, value) => sum + value * value, 0));
    return own.map((value) => value / length);
  });
  return (own, passage) => {
    const [a, b] = [unit[own], unit[passage]];
    return (a?.reduce((sum, value, index) => sum + value * (b?.[index] ?? 0), 0) ?? Number.NaN) / TEMPERATURE;
  };
}

function crossEntropy(scores: readonly number[], answer: number): number {
  const top = Math.max(...scores);
  const sum = scores.reduce((total, score) => total + Math.exp(score - top), 0);
  return top + Math.log(sum) - (scores[answer] ?? Number.NaN);
}
