import { tmpdir } from 'node:os';
import type { ForwardDevice } from '../../matrix/device.ts';
import type { ModelLoss, PreparedExamples } from '../../forward/examples/losses.ts';
import { DEFAULT_SETTINGS, type ExampleSettings, prepareExamples } from '../../forward/examples/example.ts';
import { readExamples } from '../../forward/examples/read.ts';
import { layOutRun } from '../../forward/layout.ts';
import { madePlaces, scratchBytes, weightsWithMade } from '../../forward/made-places.ts';
import type { Program } from '../../forward/program.ts';
import { programOf } from '../../forward/programs/registry.ts';
import { runForward } from '../../forward/run.ts';
import { selectForwardDevice } from '../../forward/select.ts';
import { freeBytes } from '../../run/output/paths.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Scores } from '../log/events.ts';
import type { VariantMaker } from '../running/variant-maker.ts';
import type { LossScore } from '../file/spec.ts';
import type { Variant } from '../axes/variant.ts';
import { MadeWeights } from '../../run/merge/made-weights.ts';
import { planTogether } from './plan-together.ts';
import { findFile } from './scorer-facts.ts';
import { type Scored, ScoreFailure, type GroupScorer } from './scorer.ts';

/** Bytes that a forward pass of many variants may take, where the user gives no bound. */
const MEMORY = 2 * 2 ** 30;

/** The most variants of one go. */
const MOST = 256;

/** Of what is free in the system's temporary folder: others use it too. */
const SHARE_OF_DISK = 0.5;

/**
 * Losses by a forward pass of our own, and no model is written: for each layer the merged weights of all variants are made from one
 * read of the inputs (one a pass, where the method has several), used, and dropped.
 * @throws SwizzleError 'checkpoint' for a model that cannot be run, 'usage' for examples that cannot be used
 */
export async function lossScorer(spec: LossScore, maker: VariantMaker, first: Variant): Promise<GroupScorer> {
  const data = await findFile(spec.data, maker.file);
  const settings = settingsOf(spec);
  const plan = maker.plan([first]);
  const program = programOf(plan.lead.label, configOf(plan), (name) => plan.tasks.some((task) => task.name === name));
  const examples = await readExamples(data);
  const prepared = await prepareExamples(examples, program, plan.lead.label, plan.lead.folder, settings);
  return {
    kind: 'group',
    needsFolder: false,
    concurrency: 1,
    size: await groupSize(program, first, prepared, maker),
    score: (variants, signal, onShare) => scoreTogether(variants, maker, { program, prepared, onShare }, signal),
  };
}

/** What is computed, and who is told how far that is. */
interface LossWork {
  readonly program: Program;
  readonly prepared: PreparedExamples;
  readonly onShare: ((share: number) => void) | undefined;
}

async function scoreTogether(
  variants: readonly Variant[],
  maker: VariantMaker,
  { program, prepared, onShare }: LossWork,
  signal: AbortSignal,
): Promise<(Scored | ScoreFailure)[]> {
  const { plan, outputs } = planTogether(variants, maker);
  if (plan === undefined) return outputs.filter((one) => one instanceof ScoreFailure);
  await maker.merger.fetchWeights();
  const { device: choice, adapter } = maker.merger.options;
  await using made = await MadeWeights.open(plan, maker.merger);
  const job = { program, weights: made.weights, sequences: prepared.sequences };
  await using device: ForwardDevice = await selectForwardDevice(choice ?? 'auto', adapter);
  const onStage = (done: number, stages: number): void => onShare?.(done / stages);
  const results = await runForward(job, { device, open: (path) => made.openSource(path), signal, onStage });
  return outputs.map((output) => {
    if (output instanceof ScoreFailure) return output;
    const result = results[output];
    return result === undefined ? new ScoreFailure('there is no result', '', 1) : scored(prepared.lossOf(result));
  });
}

function scored(loss: ModelLoss): Scored | ScoreFailure {
  if (!Number.isFinite(loss.loss)) return new ScoreFailure(`the loss is ${loss.loss}`, '', 1);
  return { scores: scoresOf(loss), examples: loss.examples, attempts: 1 };
}

/** Loss and accuracies; those of a group have its name behind a dot. */
function scoresOf({ loss, groups, choice }: ModelLoss): Scores {
  const accuracies = Object.entries({ '': choice, ...choice?.groups }).flatMap(([group, accuracy]) => {
    const { acc, acc_norm, acc_bytes } = accuracy ?? {};
    const suffix = group === '' ? '' : `.${group}`;
    return Object.entries({ acc, acc_norm, acc_bytes }).flatMap(([metric, value]) =>
      value === undefined ? [] : [[`${metric}${suffix}`, value] as const],
    );
  });
  return { ...groups, ...Object.fromEntries(accuracies), loss };
}

/** As many variants as fit the memory asked for, and the disk: each has its own activations between stages, and its own made weights. */
async function groupSize(
  program: Program,
  first: Variant,
  { sequences }: PreparedExamples,
  maker: VariantMaker,
): Promise<number> {
  const [one, two] = [[first], [first, first]].map((variants) => {
    const plan = maker.plan(variants);
    const places = madePlaces(plan.lead.label, plan);
    const layout = layOutRun(program, weightsWithMade(plan.lead.label, plan, places, String), sequences);
    return { bytes: layout.bytes, scratch: scratchBytes(layout, places) };
  });
  if (one === undefined || two === undefined) return 1;
  const fitting = (room: number, each: number): number => Math.floor(room / Math.max(1, each));
  const inMemory = 1 + fitting((maker.merger.options.memory ?? MEMORY) - one.bytes, two.bytes - one.bytes);
  const onDisk = fitting((await freeBytes(tmpdir())) * SHARE_OF_DISK, one.scratch);
  return Math.max(1, Math.min(MOST, inMemory, onDisk));
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
    negativesSeed: seed ?? DEFAULT_SETTINGS.negativesSeed,
  };
}
