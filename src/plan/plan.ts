import type { Checkpoint } from '../models/checkpoint/checkpoint.ts';
import type { FloatDtype } from '../dtype.ts';
import type { CheckedRecipe } from './methods/check.ts';
import { alignModels } from './align/align-models.ts';
import type { ExpertsWanted } from './align/lead-experts.ts';
import type { Chunk, OverflowMode } from './chunks/chunk.ts';
import { GgufConfig } from './gguf/gguf-config.ts';
import { layOutGguf } from './gguf/gguf-layout.ts';
import { ggufTasks, type GgufWanted } from './gguf/gguf-tasks.ts';
import { type Layout, layOut, type OutputShard, type PlacedTensor } from './layout.ts';
import { leadModel, weightModels } from './match/match.ts';
import { matchModels } from './match/match-models.ts';
import { matchSlices } from './match/match-slices.ts';
import { type InputFile, type Models, numberFiles } from '../models/models.ts';
import { refuseQuantized } from './match/quantized.ts';
import type { Job } from './passes/job.ts';
import type { MatrixJob } from './passes/matrix-job.ts';
import { totalsOf, workOf } from './plan-parts.ts';
import { type MatchedVariant, planTasks, type TensorTask } from './tasks.ts';
import { compareArithmetic, refuseHeads } from './match/arithmetic.ts';
import { refuseUnloadable } from './layers/unloadable.ts';
import { refuseUnfit } from './match/unfit.ts';
import { outputTexts } from './output-texts.ts';

/** One output model. */
export interface PlanVariant {
  readonly shards: readonly OutputShard[];
  /** Number of its first shard among the plan's output files. */
  readonly firstFile: number;
  /** Small files with text of our own: config.json, the index. */
  readonly texts: readonly { readonly name: string; readonly text: string }[];
}

/** Everything that will be read, computed and written. Plain data; made from headers alone. */
export interface Plan {
  readonly inputs: readonly InputFile[];
  readonly variants: readonly PlanVariant[];
  /** In the order of the outputs. `ChunkOutput.file` counts the shards of all variants one after another. */
  readonly spans: readonly Chunk[];
  /** Tensors that take more than one weighted sum known beforehand, each in passes of its own. */
  readonly jobs: readonly Job[];
  /** Tensors that are made by steps over whole matrices. */
  readonly matrices: readonly MatrixJob[];
  readonly tasks: readonly TensorTask[];
  /** The model that lends config, tokenizer and order. */
  readonly lead: Checkpoint;
  /** Bytes of tensor data read, those of every pass, and of whole files written. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Elements of one output. */
  readonly parameters: number;
  readonly warnings: readonly string[];
}

/** What may differ between the outputs of one plan. */
export interface Variant {
  readonly checked: CheckedRecipe;
  /** Overrides the recipe's dtype. */
  readonly dtype?: FloatDtype | undefined;
  /** Seed of random masks; overrides the recipe's. */
  readonly seed?: number | undefined;
}

export interface PlanOptions {
  /** Most bytes of tensor data in one output file. */
  readonly shardBytes: number;
  readonly allowMissing?: boolean | undefined;
  /** Write slices that transformers would not load whole. */
  readonly allowUnloadable?: boolean | undefined;
  /** How experts are written; by default as the lead model has them. */
  readonly experts?: ExpertsWanted | undefined;
  readonly onOverflow?: OverflowMode | undefined;
  /** Write one GGUF file instead of safetensors; of one variant. */
  readonly gguf?: GgufWanted | undefined;
}

/** An output's files. */
interface LaidOut extends ReturnType<typeof outputTexts> {
  readonly layout: Layout;
  readonly firstFile: number;
}

/**
 * Plans one or more merges of the same models in one pass over them. Pure: reads nothing.
 * @param variants recipes that differ in parameters and dtype only
 * @throws SwizzleError 'recipe', 'checkpoint' or 'mismatch'
 */
export function makePlan(variants: readonly Variant[], given: Models, options: PlanOptions): Plan {
  const [first] = variants;
  if (first === undefined) throw new RangeError('a plan needs a variant');
  refuseUnfit(weightModels(first.checked, given));
  refuseQuantized(weightModels(first.checked, given));
  const { models, notes } = alignModels(given, leadModel(first.checked, given), options.experts);
  const matched = variants.map(({ checked, dtype, seed }) => {
    const matching = checked.recipe.sliced
      ? matchSlices(checked, models, options.allowMissing ?? false)
      : matchModels(checked, models, options.allowMissing ?? false);
    return { checked, matching, dtype, seed: seed ?? checked.recipe.randomSeed };
  });
  const weights = weightModels(first.checked, models);
  const arithmetic = compareArithmetic(leadModel(first.checked, models), weights, first.checked.recipe.sliced);
  const isPartial = matched.some(({ matching }) => matching.tensors.some(({ keepLead }) => keepLead));
  if (!isPartial) refuseHeads(arithmetic.heads);
  const { files, numberOf } = numberFiles(models.values());
  const made = planTasks(matched, numberOf);
  const lead = leadModel(first.checked, models);
  const { tasks, layouts } = lay(made, lead, matched, options);
  const unloadable = [...new Set(layouts.flatMap((layout) => layout.unloadable))];
  if (options.allowUnloadable !== true) refuseUnloadable(unloadable);
  const placed = tasks.map((task, index) => {
    const places = layouts.map(({ layout, firstFile }) => {
      const { shard, begin } = layout.places[index] ?? { shard: 0, begin: 0 };
      return { shard: firstFile + shard, begin };
    });
    return { task, places };
  });
  const planned = layouts.map(({ layout, firstFile, texts }) => ({ shards: layout.shards, firstFile, texts }));
  return {
    inputs: files,
    variants: planned,
    ...workOf(placed, options.onOverflow ?? 'inf', tasks),
    tasks,
    lead,
    ...totalsOf(
      tasks,
      planned.flatMap(({ shards }) => shards),
    ),
    warnings: [
      ...new Set([
        ...notes,
        ...arithmetic.warnings,
        ...arithmetic.heads.map((line) => `config.json: ${line}`),
        ...matched.flatMap(({ checked, matching }) => [...checked.warnings, ...matching.warnings]),
        ...layouts.flatMap((layout) => layout.warnings),
        ...unloadable.map((problem) => `transformers will not load all of the output: ${problem}`),
      ]),
    ],
  };
}

/** Where everything goes. */
function lay(
  made: readonly TensorTask[],
  lead: Checkpoint,
  matched: readonly MatchedVariant[],
  options: PlanOptions,
): { readonly tasks: readonly TensorTask[]; readonly layouts: readonly LaidOut[] } {
  const tensorsOf = (index: number): PlacedTensor[] =>
    made.map(({ name, shape, outputs }) => {
      return { name, shape, dtype: outputs[index]?.dtype ?? 'F32', module: lead.tensors.get(name)?.module };
    });
  const [first] = matched;
  if (options.gguf !== undefined && first !== undefined) {
    const { texts, warnings, unloadable } = outputTexts({ index: undefined }, lead, first.matching, tensorsOf(0));
    const config = new GgufConfig(texts.find(({ name }) => name === 'config.json')?.text);
    const own = ggufTasks(made, config, options.gguf.type);
    const layout = layOutGguf(own, 0, config, options.gguf);
    return { tasks: own.tasks, layouts: [{ layout, firstFile: 0, texts: [], warnings, unloadable }] };
  }
  let fileCount = 0;
  const layouts = matched.map(({ matching }, index): LaidOut => {
    const tensors = tensorsOf(index);
    const layout = layOut(tensors, options.shardBytes);
    const firstFile = fileCount;
    fileCount += layout.shards.length;
    return { layout, firstFile, ...outputTexts(layout, lead, matching, tensors) };
  });
  return { tasks: made, layouts };
}
