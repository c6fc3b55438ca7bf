import { dirname, isAbsolute, join } from 'node:path';
import { SwizzleError } from '../../errors.ts';
import type { ForwardDevice } from '../../forward/device.ts';
import type { ModelLoss, PreparedExamples } from '../../forward/examples/losses.ts';
import { prepareExamples } from '../../forward/examples/prepare.ts';
import { readExamples } from '../../forward/examples/read.ts';
import { DEFAULT_SETTINGS, type ExampleSettings } from '../../forward/examples/settings.ts';
import { layOutRun } from '../../forward/layout.ts';
import type { Program } from '../../forward/program.ts';
import { programOf } from '../../forward/programs/registry.ts';
import { runForward } from '../../forward/run.ts';
import { selectForwardDevice } from '../../forward/select.ts';
import { isSum, weightsOfPlan } from '../../forward/weights.ts';
import type { Plan } from '../../plan/plan.ts';
import { measureLosses } from '../../verbs/loss.ts';
import type { Scores } from '../log/events.ts';
import { isThere, type VariantMaker } from '../running/variant-maker.ts';
import type { LossScore } from '../file/spec.ts';
import type { Variant } from '../axes/variant.ts';
import { type Scored, ScoreFailure, type Scorer } from './scorer.ts';

/** Bytes that a forward pass of many variants may take, where the user gives no bound. */
const MEMORY = 2 * 2 ** 30;

/** The most variants of one go. */
const MOST = 256;

/**
 * Losses by a forward pass of our own. Where the merge is a weighted sum, nothing is written: for each layer the merged
 * weights of all variants are made from one read of the inputs, used, and dropped. Other merges are made first, and their
 * folders read.
 * @throws SwizzleError 'checkpoint' for a model that cannot be run, 'usage' for examples that cannot be used
 */
export async function lossScorer(spec: LossScore, making: VariantMaker, first: Variant): Promise<Scorer> {
  const data = await findData(spec.data, making.file);
  const settings = settingsOf(spec);
  const plan = making.plan([first]);
  const program = programOf(plan.lead.label, configOf(plan), (name) => plan.tasks.some((task) => task.name === name));
  const examples = await readExamples(data);
  const prepared = await prepareExamples(examples, program, plan.lead.label, plan.lead.folder, settings);
  if (!isSum(plan)) return folderScorer(data, settings, making);
  return {
    needsFolder: false,
    concurrency: 1,
    score: () => Promise.reject(new SwizzleError('internal', 'losses are computed together')),
    together: {
      size: groupSize(program, plan, prepared, making),
      score: (variants, signal) => scoreTogether(variants, making, program, prepared, signal),
    },
  };
}

async function scoreTogether(
  variants: readonly Variant[],
  making: VariantMaker,
  program: Program,
  prepared: PreparedExamples,
  signal: AbortSignal,
): Promise<(Scored | ScoreFailure)[]> {
  const plans = variants.map((variant) => planOrFailure(variant, making));
  const good = variants.filter((_, index) => !(plans[index] instanceof ScoreFailure));
  if (good.length === 0) return plans.filter((plan) => plan instanceof ScoreFailure);
  const plan = making.plan(good);
  await making.maker.fetchWeights();
  const { device: choice, adapter } = making.maker.options;
  const job = { program, weights: weightsOfPlan(plan.lead.label, plan), sequences: prepared.sequences };
  const layout = layOutRun(program, job.weights, job.sequences);
  await using device: ForwardDevice = await selectForwardDevice(choice ?? 'auto', adapter, [layout]);
  const results = await runForward(job, { device, open: (path) => making.maker.openSource({ path }), signal });
  let next = 0;
  return plans.map((own) => {
    if (own instanceof ScoreFailure) return own;
    const result = results[next++];
    return result === undefined ? new ScoreFailure('there is no result', '', 1) : scored(prepared.lossOf(result));
  });
}

/** A recipe whose weights cannot be used (they sum to 0) fails alone. */
function planOrFailure(variant: Variant, making: VariantMaker): Plan | ScoreFailure {
  try {
    return making.plan([variant]);
  } catch (error) {
    if (!(error instanceof SwizzleError) || error.code !== 'recipe') throw error;
    return new ScoreFailure(error.message, '', 1);
  }
}

function scored(loss: ModelLoss): Scored | ScoreFailure {
  if (!Number.isFinite(loss.loss)) return new ScoreFailure(`the loss is ${loss.loss}`, '', 1);
  return { scores: scoresOf(loss), attempts: 1 };
}

function scoresOf({ loss, groups }: ModelLoss): Scores {
  return { ...groups, loss };
}

/** For merges that are no weighted sums: each variant's folder is read. */
function folderScorer(data: string, settings: ExampleSettings, making: VariantMaker): Scorer {
  return {
    needsFolder: true,
    concurrency: 1,
    async score({ folder, signal }) {
      if (folder === undefined) throw new SwizzleError('internal', 'a variant without a folder');
      const { device, adapter } = making.maker.options;
      const { models } = await measureLosses([folder], data, { ...settings, device, adapter, signal });
      const [loss] = models;
      if (loss === undefined) throw new ScoreFailure('there is no result', '', 1);
      return { scores: scoresOf(loss), attempts: 1 };
    },
  };
}

/** As many variants as fit the memory asked for: each has its own activations between stages. */
function groupSize(program: Program, plan: Plan, { sequences }: PreparedExamples, making: VariantMaker): number {
  const weights = weightsOfPlan(plan.lead.label, plan);
  const bytesOf = (variants: number): number => layOutRun(program, { ...weights, variants }, sequences).bytes;
  const [one, two] = [bytesOf(1), bytesOf(2)];
  const room = (making.maker.options.memory ?? MEMORY) - one;
  return Math.max(1, Math.min(MOST, 1 + Math.floor(room / Math.max(1, two - one))));
}

/** config.json as the output has it. */
function configOf({ variants, lead }: Plan): string | undefined {
  return variants[0]?.texts.find(({ name }) => name === 'config.json')?.text ?? lead.config;
}

function settingsOf({ batchSize, maxInputLength, negatives, seed }: LossScore): ExampleSettings {
  return {
    batchSize: batchSize ?? DEFAULT_SETTINGS.batchSize,
    maxInputLength,
    negatives: negatives ?? DEFAULT_SETTINGS.negatives,
    seed: seed ?? DEFAULT_SETTINGS.seed,
  };
}

/** Relative paths are tried from the working directory, then from the sweep file's, as those of models. */
async function findData(data: string, file: string): Promise<string> {
  const beside = join(dirname(file), data);
  return !isAbsolute(data) && !(await isThere(data)) && (await isThere(beside)) ? beside : data;
}
