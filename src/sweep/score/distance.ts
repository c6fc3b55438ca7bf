import { basename } from 'node:path';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { elementCount } from '../../checkpoint/header.ts';
import { readLocalCheckpoint } from '../../checkpoint/local.ts';
import { isFloat } from '../../dtype.ts';
import { SwizzleError } from '../../errors.ts';
import type { Plan } from '../../plan/plan.ts';
import { findTensor } from '../../plan/tied.ts';
import type { Maker } from '../maker.ts';
import type { DistanceScore } from '../spec.ts';
import type { Variant } from '../variant.ts';
import { distances } from './distances.ts';
import { grams, type GramTask, type OpenPath, type TensorGram, type TensorPlace } from './gram.ts';
import type { Scored, Scorer } from './scorer.ts';

/**
 * Distance in weight space to reference checkpoints. A merge that is a weighted sum needs no folder: all variants follow
 * from one read of inputs and references (see distances.ts); this leaves out the rounding to the output dtype. Any
 * other merge is measured on disk.
 * @param first any variant
 */
export async function distanceScorer(spec: DistanceScore, maker: Maker, first: Variant): Promise<Scorer> {
  const references = await openReferences(spec, maker);
  const labels = labelsOf(references);
  const plan = maker.plan([first]);
  const isSum = plan.tasks.every(({ kernel }) => ['weighted_sum', 'convert', 'copy'].includes(kernel));
  const open: OpenPath = (path) => maker.openSource({ path });
  let prepared: Promise<PreparedTensor[]> | undefined;
  return {
    needsFolder: !isSum,
    concurrency: 1,
    async score({ variant, folder, signal }): Promise<Scored> {
      if (!isSum && folder !== undefined) {
        const merged = await readLocalCheckpoint(folder, signal);
        const tensors = await prepare(measuredTasks(merged, references), open, signal);
        const combined = tensors.map((one) => ({
          ...one,
          coefficients: one.gram.n > 0 ? [1, ...zeros(one.gram.n - 1)] : [],
        }));
        return { scores: distances(combined, labels), attempts: 1 };
      }
      prepared ??= maker.fetchWeights().then(() => prepare(inputTasks(plan, references), open, signal));
      const weights = new Map(
        maker.plan([variant]).tasks.map(({ name, outputs }) => [name, outputs[0]?.weights ?? []]),
      );
      const combined = (await prepared).map((one) => {
        const inputs = weights.get(one.gram.name) ?? [];
        const coefficients = zeros(one.gram.n);
        for (const [index, version] of one.inputs.entries()) {
          coefficients[version] = (coefficients[version] ?? 0) + (inputs[index] ?? 0);
        }
        return { gram: one.gram, references: one.references, coefficients };
      });
      return { scores: distances(combined, labels), attempts: 1 };
    },
  };
}

interface NumberedTask {
  readonly task: GramTask;
  /** Which version is which input's, and which reference's. */
  readonly inputs: readonly number[];
  readonly references: readonly number[];
}

interface PreparedTensor {
  readonly gram: TensorGram;
  readonly inputs: readonly number[];
  readonly references: readonly number[];
}

async function prepare(tasks: readonly NumberedTask[], open: OpenPath, signal: AbortSignal): Promise<PreparedTensor[]> {
  const found: PreparedTensor[] = [];
  const all = grams(
    tasks.map(({ task }) => task),
    open,
    signal,
  );
  for await (const gram of all) {
    const task = tasks[found.length];
    found.push({ gram, inputs: task?.inputs ?? [], references: task?.references ?? [] });
  }
  return found;
}

/** Float tensors of the inputs, each beside its counterparts in the references. */
function inputTasks(plan: Plan, references: readonly Checkpoint[]): NumberedTask[] {
  return plan.tasks.flatMap(({ name, elements, inputs }) => {
    const places = inputs.flatMap(({ dtype, file, begin, end }) =>
      isFloat(dtype) ? [{ path: plan.inputs[file]?.path ?? '', dtype, begin, end }] : [],
    );
    return places.length === 0 ? [] : [numbered(name, elements, places, references)];
  });
}

/** Float tensors of a merge on disk, each beside its counterparts in the references. */
function measuredTasks(merged: Checkpoint, references: readonly Checkpoint[]): NumberedTask[] {
  return [...merged.tensors.values()].flatMap(({ name, shape }) => {
    const place = placeOf(merged, name, elementCount(shape));
    return place === undefined ? [] : [numbered(name, elementCount(shape), [place], references)];
  });
}

/** Each place once, however many inputs and references share it. */
function numbered(
  name: string,
  elements: number,
  inputs: readonly TensorPlace[],
  references: readonly Checkpoint[],
): NumberedTask {
  const places: TensorPlace[] = [];
  const numberOf = (place: TensorPlace): number => {
    const at = places.findIndex(({ path, begin }) => path === place.path && begin === place.begin);
    return at < 0 ? places.push(place) - 1 : at;
  };
  const own = inputs.map(numberOf);
  const others = references.map((reference) => {
    const place = placeOf(reference, name, elements);
    if (place !== undefined) return numberOf(place);
    throw new SwizzleError('mismatch', `${reference.label}: no float tensor ${name} of ${elements} elements`, {
      details: { tensor: name },
    });
  });
  return { task: { name, elements, places }, inputs: own, references: others };
}

function placeOf(checkpoint: Checkpoint, name: string, elements: number): TensorPlace | undefined {
  const tensor = findTensor(checkpoint, name);
  const path = tensor && checkpoint.shards[tensor.shard]?.path;
  if (tensor === undefined || path === undefined) return undefined;
  const { dtype, begin, end, shape } = tensor;
  return isFloat(dtype) && elementCount(shape) === elements ? { path, dtype, begin, end } : undefined;
}

async function openReferences({ to }: DistanceScore, { models }: Maker): Promise<Checkpoint[]> {
  if (to === undefined) return [...models.values()];
  const found: Checkpoint[] = [];
  for (const path of to) found.push(models.get(path) ?? (await readLocalCheckpoint(path)));
  return found;
}

/** Last part of each name; numbered where two are the same. */
function labelsOf(checkpoints: readonly Checkpoint[]): string[] {
  const names = checkpoints.map(({ label }) => basename(label, '.safetensors'));
  return names.map((name, index) => {
    return names.indexOf(name) === names.lastIndexOf(name) ? name : `${name}-${index + 1}`;
  });
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}
