import type { ForwardResult } from '../run.ts';
import { type ExampleLosses, exampleLosses } from '../../example-losses.ts';
import type { Sequence } from '../sequences.ts';
import { accuracyOf, rightOf, type ChoiceAccuracy, type ScoredChoices } from './accuracy.ts';

/** The loss of one model. */
export interface ModelLoss {
  /** Nats. Where examples have groups: the mean of the groups' losses. */
  readonly loss: number;
  /** Mean over batches of the mean over a batch's predicted tokens (or queries): what LM_Cocktail weighs by. */
  readonly batchLoss: number;
  /** By group, in the order of the file. */
  readonly groups: Readonly<Record<string, number>>;
  /** Of multiple-choice examples; undefined where there are none. */
  readonly choice: ChoiceAccuracy | undefined;
  readonly examples: ExampleLosses;
}

/** Examples made ready for a model. */
export interface PreparedExamples {
  readonly sequences: readonly Sequence[];
  readonly examples: number;
  /** Tokens that are computed, and those of them that are predicted (or queries). */
  readonly tokens: number;
  readonly predicted: number;
  lossOf(result: ForwardResult): ModelLoss;
}

/** What one example adds to a mean. */
export interface LossPart {
  readonly sum: number;
  readonly count: number;
  readonly group: string | undefined;
}

/** @param batchSize examples of a batch, in file order */
export function totalLoss(
  parts: readonly LossPart[],
  batchSize: number,
  choices: readonly ScoredChoices[] = [],
): ModelLoss {
  const groups = new Map<string, LossPart[]>();
  for (const part of parts) {
    if (part.group === undefined) continue;
    const members = groups.get(part.group);
    if (members === undefined) groups.set(part.group, [part]);
    else members.push(part);
  }
  const own = [...groups].map(([group, members]): [string, number] => [group, meanOf(members)]);
  const batches = Array.from({ length: Math.ceil(parts.length / batchSize) }, (_, batch) =>
    meanOf(parts.slice(batch * batchSize, (batch + 1) * batchSize)),
  );
  return {
    loss: own.length > 0 ? mean(own.map(([, loss]) => loss)) : meanOf(parts),
    batchLoss: mean(batches),
    groups: Object.fromEntries(own),
    choice: accuracyOf(choices),
    examples: exampleLosses(parts, rightOf(choices, parts.length)),
  };
}

function meanOf(parts: readonly LossPart[]): number {
  const count = parts.reduce((total, part) => total + part.count, 0);
  return parts.reduce((total, part) => total + part.sum, 0) / count;
}

function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
