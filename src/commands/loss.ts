import { availableParallelism } from 'node:os';
import type { Checkpoint } from '../models/checkpoint/checkpoint.ts';
import type { DeviceChoice } from '../devices/select.ts';
import { SwizzleError } from '../errors.ts';
import type { ModelLoss, PreparedExamples } from '../forward/examples/losses.ts';
import { DEFAULT_SETTINGS, type ExampleSettings, prepareExamples } from '../forward/examples/example.ts';
import { readExamples } from '../forward/examples/read.ts';
import { type Layout, layOutRun } from '../forward/layout.ts';
import type { Program } from '../forward/program.ts';
import { programOf } from '../forward/programs/registry.ts';
import { runForward } from '../forward/run.ts';
import { selectForwardDevice } from '../forward/select.ts';
import type { HubOptions } from '../models/hub/hub-models.ts';
import { rangeBytes } from '../elements/byte-range.ts';
import { openWeights, plannedWeights } from '../run/merge/derived-weights.ts';
import { type ModelStore, modelStore } from '../models/open/model-store.ts';
import { openModel } from '../models/open/open-models.ts';

/** How examples become losses; undefined: LM_Cocktail's default. */
export type ExampleOptions = { readonly [Name in keyof ExampleSettings]?: ExampleSettings[Name] | undefined };

/** How losses are computed. */
export interface LossOptions extends ExampleOptions {
  readonly device?: DeviceChoice | undefined;
  readonly adapter?: string | undefined;
  /** Whose tokenizer makes the tokens of all models; undefined: each its own. */
  readonly tokenizer?: string | undefined;
  /** How to reach the Hub; undefined: models are on this machine only. */
  readonly hub?: HubOptions | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onPlan?: ((plan: LossPlan) => void) | undefined;
  /** Called after every stage of a model: the share of all work that is done, 0 to 1. */
  readonly onProgress?: ((share: number, model: string) => void) | undefined;
}

/** What will be computed for one model. */
export interface PlannedLoss {
  readonly model: string;
  readonly architecture: string;
  readonly kind: Program['kind'];
  /** Tokens that are computed, and those of them that are predicted (or queries). */
  readonly tokens: number;
  readonly predicted: number;
  /** Bytes of weights that are read, and of memory that is needed at once. */
  readonly bytesRead: number;
  readonly memory: number;
}

export interface LossPlan {
  readonly data: string;
  /** SHA-256 of the examples' file. */
  readonly hash: string;
  readonly examples: number;
  readonly settings: ExampleSettings;
  readonly models: readonly PlannedLoss[];
}

export interface MeasuredLoss extends PlannedLoss, ModelLoss {
  /** e^loss; undefined for encoders and rerankers. */
  readonly perplexity: number | undefined;
}

export interface LossReport extends LossPlan {
  readonly models: readonly MeasuredLoss[];
  readonly device: string;
  readonly seconds: number;
}

interface OpenedModel {
  readonly checkpoint: Checkpoint;
  readonly program: Program;
  readonly prepared: PreparedExamples;
  readonly planned: PlannedLoss;
  readonly layout: Layout;
}

/**
 * The loss of each model on a file of examples, by a forward pass that streams its weights.
 * @throws SwizzleError 'usage' for examples, 'checkpoint' for a model that cannot be run: both before weights are read
 */
export async function measureLosses(
  models: readonly string[],
  data: string,
  options: LossOptions,
): Promise<LossReport> {
  const started = performance.now();
  const { signal } = options;
  await using store = modelStore(options.hub, signal);
  const { plan, opened } = await prepare(models, data, options, store);
  options.onPlan?.(plan);
  await store.fetchWeights();
  await using device = await selectForwardDevice(options.device ?? 'auto', options.adapter);
  const work = opened.map(({ planned }) => planned.bytesRead * planned.tokens);
  const all = work.reduce((sum, one) => sum + one, 0);
  const measured: MeasuredLoss[] = [];
  let before = 0;
  for (const [index, { checkpoint, program, prepared, planned }] of opened.entries()) {
    const own = work[index] ?? 0;
    await using opening = await openWeights(checkpoint, store, options);
    const job = { program, weights: opening.weights, sequences: prepared.sequences };
    const [result] = await runForward(job, {
      device,
      open: (path) => opening.open(path),
      signal,
      onStage: (done, stages) => options.onProgress?.((before + (own * done) / stages) / all, checkpoint.label),
    });
    if (result === undefined) throw new SwizzleError('internal', 'a forward pass without result');
    const loss = prepared.lossOf(result);
    checkFinite(loss, checkpoint.label);
    const perplexity = program.kind === 'decoder' ? Math.exp(loss.loss) : undefined;
    measured.push({ ...planned, ...loss, perplexity });
    before += own;
  }
  return { ...plan, models: measured, device: device.name, seconds: (performance.now() - started) / 1000 };
}

/** What `measureLosses` would do, without reading weights. */
export async function planLosses(models: readonly string[], data: string, options: LossOptions): Promise<LossPlan> {
  await using store = modelStore(options.hub, options.signal);
  return (await prepare(models, data, options, store)).plan;
}

async function prepare(
  models: readonly string[],
  data: string,
  options: LossOptions,
  store: ModelStore,
): Promise<{ plan: LossPlan; opened: OpenedModel[] }> {
  const settings = settingsOf(options);
  const file = await readExamples(data);
  const checkpoints: Checkpoint[] = [];
  for (const model of models) checkpoints.push(await openModel(model, store));
  const programs = checkpoints.map(({ label, config, tensors }) =>
    programOf(label, config, (name) => tensors.has(name)),
  );
  const lender = options.tokenizer === undefined ? undefined : checkpoints[models.indexOf(options.tokenizer)];
  const opened: OpenedModel[] = [];
  const known = new Map<string, PreparedExamples>();
  for (const [index, checkpoint] of checkpoints.entries()) {
    const program = programs[index];
    if (program === undefined) continue;
    const { label } = lender ?? checkpoint;
    const folder = (lender ?? checkpoint).tokenizerFolder ?? (lender ?? checkpoint).folder;
    // the same tokens for models of one kind with one tokenizer
    const key = JSON.stringify([label, program.kind, program.vocabulary, program.maxTokens, program.segments]);
    const prepared = known.get(key) ?? (await prepareExamples(file, program, label, folder, settings));
    known.set(key, prepared);
    opened.push(planOne(checkpoint, program, prepared));
  }
  const { hash, examples } = file;
  const plan = { data, hash, examples: examples.length, settings, models: opened.map(({ planned }) => planned) };
  return { plan, opened };
}

function planOne(checkpoint: Checkpoint, program: Program, prepared: PreparedExamples): OpenedModel {
  const layout = layOutRun(program, plannedWeights(checkpoint), prepared.sequences, {
    parallel: availableParallelism(),
  });
  const ranges = layout.stages.flatMap(({ weights }) =>
    [...weights.values()].flatMap(({ inputs }) => inputs.flatMap((input) => input.ranges)),
  );
  const planned: PlannedLoss = {
    model: checkpoint.label,
    architecture: program.architecture,
    kind: program.kind,
    tokens: prepared.tokens,
    predicted: prepared.predicted,
    bytesRead: rangeBytes(ranges),
    memory: layout.bytes,
  };
  return { checkpoint, program, prepared, planned, layout };
}

/** @throws SwizzleError 'usage' */
function settingsOf(options: LossOptions): ExampleSettings {
  const { batchSize, maxInputLength, negatives, negativesSeed } = options;
  const whole = (name: string, value: number | undefined, least: number): void => {
    if (value === undefined || (Number.isInteger(value) && value >= least)) return;
    throw new SwizzleError('usage', `--${name}: expected a whole number, ${least} or more, found ${value}`);
  };
  whole('batch-size', batchSize, 1);
  whole('max-input-length', maxInputLength, 2);
  whole('negatives', negatives, 1);
  whole('negatives-seed', negativesSeed, 0);
  return {
    batchSize: batchSize ?? DEFAULT_SETTINGS.batchSize,
    maxInputLength,
    negatives: negatives ?? DEFAULT_SETTINGS.negatives,
    negativesSeed: negativesSeed ?? DEFAULT_SETTINGS.negativesSeed,
  };
}

function checkFinite({ loss, batchLoss }: ModelLoss, label: string): void {
  if (Number.isFinite(loss) && Number.isFinite(batchLoss)) return;
  throw new SwizzleError(
    'checkpoint',
    `${label}: its loss is ${loss}: weights are not finite, or too large for float32`,
  );
}
