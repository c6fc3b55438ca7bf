import { basename } from 'node:path';
import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import { readLocalCheckpoint } from '../../models/checkpoint/files/local.ts';
import { settleForm } from '../../models/checkpoint/forms/settle-form.ts';
import { SwizzleError } from '../../errors.ts';
import { isSum } from '../../plan/is-sum.ts';
import type { Maker } from '../../run/merge/maker.ts';
import type { VariantMaker } from '../running/variant-maker.ts';
import type { DistanceScore } from '../file/spec.ts';
import type { Variant } from '../axes/variant.ts';
import { type Combination, distances } from './distances.ts';
import type { OpenFile } from './gram.ts';
import { inputTasks, prepare, type PreparedTensor } from './gram-tasks.ts';
import { measuredDistances } from './measured-distance.ts';
import { planTogether } from './plan-together.ts';
import { type Scored, ScoreFailure, type Scorer } from './scorer.ts';

/** Variants that are planned and recorded at once. */
const MOST = 256;

/**
 * Distance in weight space to reference checkpoints. A merge that is a weighted sum needs no folder: all variants follow
 * from one read of inputs and references (see distances.ts); this leaves out the rounding to the output dtype. Any
 * other merge is measured on disk.
 * @param first any variant
 */
export async function distanceScorer(spec: DistanceScore, making: VariantMaker, first: Variant): Promise<Scorer> {
  const references = await openReferences(spec, making.maker);
  const labels = labelsOf(references);
  const plan = making.plan([first]);
  const isSummed = isSum(plan);
  const open: OpenFile = (file) => making.maker.openSource(file);
  let prepared: Promise<PreparedTensor[]> | undefined;
  const scoreTogether = async (
    variants: readonly Variant[],
    signal: AbortSignal,
    onShare?: (share: number) => void,
  ): Promise<(Scored | ScoreFailure)[]> => {
    prepared ??= making.maker.fetchWeights().then(() => prepare(inputTasks(plan, references), open, signal, onShare));
    // the lanes read meanwhile; what they throw is thrown below
    prepared.catch(() => undefined);
    const { plan: all, outputs } = planTogether(variants, making);
    const tensors = await prepared;
    const tasks = new Map((all?.tasks ?? []).map((task) => [task.name, task.outputs]));
    return outputs.map((output) => {
      if (output instanceof ScoreFailure) return output;
      const combined = tensors.map((one) => combination(one, tasks.get(one.name)?.[output]?.weights ?? []));
      return { scores: distances(combined, labels), attempts: 1 };
    });
  };
  return {
    needsFolder: !isSummed,
    concurrency: 1,
    together: isSummed ? { size: MOST, score: scoreTogether } : undefined,
    async score({ folder, signal }): Promise<Scored> {
      if (folder === undefined) throw new SwizzleError('internal', 'weighted sums are compared together');
      return { scores: await measuredDistances(folder, references, labels, signal, open), attempts: 1 };
    },
  };
}

/** A variant's tensor in terms of its versions. */
function combination({ name, gram, inputs, references }: PreparedTensor, weights: readonly number[]): Combination {
  const coefficients = Array.from({ length: gram.size }, () => 0);
  for (const [index, version] of inputs.entries()) {
    coefficients[version] = (coefficients[version] ?? 0) + (weights[index] ?? 0);
  }
  return { name, gram, references, coefficients };
}

async function openReferences({ to }: DistanceScore, { models }: Maker): Promise<Checkpoint[]> {
  if (to === undefined) return [...models.values()];
  const found: Checkpoint[] = [];
  for (const path of to) found.push(models.get(path) ?? settleForm(await readLocalCheckpoint(path)));
  return found;
}

/** Last part of each name; numbered where two are the same. */
function labelsOf(checkpoints: readonly Checkpoint[]): string[] {
  const names = checkpoints.map(({ label }) => basename(label, '.safetensors'));
  return names.map((name, index) => {
    return names.indexOf(name) === names.lastIndexOf(name) ? name : `${name}-${index + 1}`;
  });
}
