import { basename } from 'node:path';
import type { Checkpoint } from '../../checkpoint/checkpoint.ts';
import { readLocalCheckpoint } from '../../checkpoint/files/local.ts';
import { settleForm } from '../../checkpoint/forms/settle-form.ts';
import { isSum } from '../../forward/weights.ts';
import type { Maker } from '../../making/maker.ts';
import type { VariantMaker } from '../running/variant-maker.ts';
import type { DistanceScore } from '../file/spec.ts';
import type { Variant } from '../axes/variant.ts';
import { distances } from './distances.ts';
import type { OpenPath } from './gram.ts';
import { inputTasks, prepare, type PreparedTensor } from './gram-tasks.ts';
import { measuredDistances } from './measured-distance.ts';
import type { Scored, Scorer } from './scorer.ts';

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
  const open: OpenPath = (path) => making.maker.openSource({ path });
  let prepared: Promise<PreparedTensor[]> | undefined;
  return {
    needsFolder: !isSummed,
    concurrency: 1,
    async score({ variant, folder, signal }): Promise<Scored> {
      if (!isSummed && folder !== undefined) {
        return { scores: await measuredDistances(folder, references, labels, signal, open), attempts: 1 };
      }
      prepared ??= making.maker.fetchWeights().then(() => prepare(inputTasks(plan, references), open, signal));
      const weights = new Map(
        making.plan([variant]).tasks.map(({ name, outputs }) => [name, outputs[0]?.weights ?? []]),
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

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0);
}
