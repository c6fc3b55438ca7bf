import { basename } from 'node:path';
import { SwizzleError } from '../../errors.ts';
import type { Checkpoint } from '../../models/checkpoint/checkpoint.ts';
import { openLocalInput } from '../../models/open/open-made.ts';
import { readLocalCheckpoint } from '../../models/checkpoint/files/local.ts';
import { settleForm } from '../../models/checkpoint/forms/settle-form.ts';
import { tensorGroup } from '../../models/checkpoint/names.ts';
import { isSum } from '../../plan/is-sum.ts';
import { axis, type Gram } from '../../plan/methods/parts/gram.ts';
import type { Variant } from '../axes/variant.ts';
import type { DistanceScore } from '../file/spec.ts';
import type { Scores } from '../log/events.ts';
import type { VariantMaker } from '../running/variant-maker.ts';
import { inputTasks, measuredTasks, prepare, type PreparedTensor } from './gram-tasks.ts';
import type { OpenFile } from './gram.ts';
import { planTogether } from './plan-together.ts';
import { findFile } from './scorer-facts.ts';
import { type Scored, ScoreFailure, type Scorer } from './scorer.ts';

/** A merged tensor as a combination of the versions in a Gram matrix, and where the references are in it. */
interface Combination {
  readonly name: string;
  readonly gram: Gram;
  /** One coefficient for each version. */
  readonly coefficients: readonly number[];
  /** Which version is which reference's. */
  readonly references: readonly number[];
}

interface Sums {
  /** |x − r|², x·r, |x|², |r|². */
  difference: number;
  product: number;
  merged: number;
  reference: number;
}

/**
 * Relative L2 distance |x − r| / |r| and cosine x·r / (|x| |r|) from a merge to each reference: "l2.NAME", "cosine.NAME",
 * and "l2.NAME.GROUP", "cosine.NAME.GROUP" for groups of tensors; "l2.max" is the greatest over the references.
 * All of it follows from inner products: x = Σ c_i x_i, so |x − r|² = dᵀ G d with d = c − e_r.
 */
function distances(combinations: readonly Combination[], labels: readonly string[]): Scores {
  const scores: Record<string, number> = {};
  for (const [index, label] of labels.entries()) {
    const total: Sums = { difference: 0, product: 0, merged: 0, reference: 0 };
    const groups = new Map<string, Sums>();
    for (const combination of combinations) {
      const sums = tensorSums(combination, index);
      const group = tensorGroup(combination.name);
      const own = groups.get(group) ?? { difference: 0, product: 0, merged: 0, reference: 0 };
      add(own, sums);
      add(total, sums);
      groups.set(group, own);
    }
    write(scores, label, total);
    for (const [group, sums] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
      write(scores, `${label}.${group}`, sums);
    }
  }
  if (labels.length > 1) scores['l2.max'] = Math.max(...labels.map((label) => scores[`l2.${label}`] ?? 0));
  return scores;
}

function tensorSums({ gram, coefficients, references }: Combination, index: number): Sums {
  const at = references[index] ?? 0;
  const unit = axis(gram.size, at, 1);
  const apart = coefficients.map((coefficient, version) => coefficient - (unit[version] ?? 0));
  return {
    difference: Math.max(0, gram.dot(apart, apart)),
    product: gram.dot(coefficients, unit),
    merged: gram.dot(coefficients, coefficients),
    reference: gram.at(at, at),
  };
}

function add(into: Sums, { difference, product, merged, reference }: Sums): void {
  into.difference += difference;
  into.product += product;
  into.merged += merged;
  into.reference += reference;
}

function write(scores: Record<string, number>, name: string, { difference, product, merged, reference }: Sums): void {
  scores[`l2.${name}`] = reference > 0 ? Math.sqrt(difference / reference) : Math.sqrt(difference);
  const norms = Math.sqrt(merged * reference);
  scores[`cosine.${name}`] = norms > 0 ? product / norms : 0;
}

/** Distances of a merge on disk to references; rounding to the output dtype is in them. */
export async function measuredDistances(
  folder: string,
  references: readonly Checkpoint[],
  labels: readonly string[],
  signal: AbortSignal,
  open: OpenFile = openLocalInput,
): Promise<Scores> {
  const merged = await readLocalCheckpoint(folder, signal);
  const tensors = await prepare(measuredTasks(merged, references), open, signal);
  const combined = tensors.map(({ name, gram, references: versions }) => {
    // the merge is the first version of itself
    return { name, gram, references: versions, coefficients: axis(gram.size, 0, 1) };
  });
  return distances(combined, labels);
}

/** Variants that are planned and recorded at once. */
const MOST = 256;

/**
 * Distance in weight space to reference checkpoints. A merge that is a weighted sum needs no folder: all variants follow
 * from one read of inputs and references (see distances.ts); this leaves out the rounding to the output dtype. Any
 * other merge is measured on disk.
 * @param first any variant
 */
export async function distanceScorer(spec: DistanceScore, maker: VariantMaker, first: Variant): Promise<Scorer> {
  const references = await openReferences(spec, maker);
  const labels = labelsOf(references);
  const plan = maker.plan([first]);
  const isSummed = isSum(plan);
  const open: OpenFile = (file) => maker.merger.openSource(file);
  let prepared: Promise<PreparedTensor[]> | undefined;
  const scoreTogether = async (
    variants: readonly Variant[],
    signal: AbortSignal,
    onShare?: (share: number) => void,
  ): Promise<(Scored | ScoreFailure)[]> => {
    prepared ??= maker.merger.fetchWeights().then(() => prepare(inputTasks(plan, references), open, signal, onShare));
    // the lanes read meanwhile; what they throw is thrown below
    prepared.catch(() => undefined);
    const { plan: all, outputs } = planTogether(variants, maker);
    const tensors = await prepared;
    const tasks = new Map((all?.tasks ?? []).map((task) => [task.name, task.outputs]));
    return outputs.map((output) => {
      if (output instanceof ScoreFailure) return output;
      const combined = tensors.map((one) => combination(one, tasks.get(one.name)?.[output]?.weights ?? []));
      return { scores: distances(combined, labels), attempts: 1 };
    });
  };
  if (isSummed) return { kind: 'group', needsFolder: false, concurrency: 1, size: MOST, score: scoreTogether };
  return {
    kind: 'single',
    needsFolder: true,
    concurrency: 1,
    async score({ variant, folder, signal }): Promise<Scored> {
      if (folder === undefined) throw new SwizzleError('internal', `${variant.name}: has no folder to compare`);
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

async function openReferences({ to }: DistanceScore, { merger, file }: VariantMaker): Promise<Checkpoint[]> {
  if (to === undefined) return [...merger.models.values()];
  const found: Checkpoint[] = [];
  for (const path of to) {
    found.push(merger.models.get(path) ?? settleForm(await readLocalCheckpoint(await findFile(path, file))));
  }
  return found;
}

/** Last part of each name; numbered where two are the same. */
function labelsOf(checkpoints: readonly Checkpoint[]): string[] {
  const names = checkpoints.map(({ label }) => basename(label, '.safetensors'));
  return names.map((name, index) => {
    return names.indexOf(name) === names.lastIndexOf(name) ? name : `${name}-${index + 1}`;
  });
}
